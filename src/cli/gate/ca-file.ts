/// <reference lib="esnext.disposable" preserve="true" />
// Where clients find the certificate authority of a server on this machine.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const CERT_FILE = 'ca.pem';

export interface CaFile extends Disposable {
  readonly path: string;
}

/** In the folder where the authority stays. Without one, in a folder that is removed when the server ends. */
export function caFileOf(ca: string, folder: string | undefined): CaFile {
  if (folder !== undefined) return { path: join(folder, CERT_FILE), [Symbol.dispose]: () => {} };
  const own = mkdtempSync(join(tmpdir(), 'mqtt311-'));
  const path = join(own, CERT_FILE);
  writeFileSync(path, ca);
  return { path, [Symbol.dispose]: () => rmSync(own, { recursive: true, force: true }) };
}
