// A certificate authority that stays in a folder, so that what trusts it once trusts the next server.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CERT_FILE } from './ca-file.ts';
import { type Identity, makeAuthority } from './certificate.ts';

const KEY_FILE = 'ca-key.pem';
/** Milliseconds before its end from which it counts as expired: a server may run for a day. */
const MARGIN = 86_400_000;
const FOR_OTHERS = 0o077;

/** The authority in the folder: made where there is none, and again where it has expired, which `log` is told. */
export async function authorityIn(folder: string, log: (line: string) => void): Promise<Identity> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [certFile, keyFile] = [join(folder, CERT_FILE), join(folder, KEY_FILE)];
  const [hasCert, hasKey] = [existsSync(certFile), existsSync(keyFile)];
  if (!hasCert && !hasKey) return keep(folder, await makeAuthority());
  if (!hasCert || !hasKey) {
    const [there, missing] = hasCert ? [CERT_FILE, KEY_FILE] : [KEY_FILE, CERT_FILE];
    throw new Error(`${folder} has ${there} and no ${missing}: bring it back, or remove ${there} for a new authority`);
  }
  const found = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  const expires = expiryOf(folder, found);
  if (statSync(keyFile).mode & FOR_OTHERS) chmodSync(keyFile, 0o600);
  if (expires - MARGIN > Date.now()) return found;
  log(`the certificate authority in ${folder} has expired; ${CERT_FILE} is a new one, to be trusted again`);
  return keep(folder, await makeAuthority());
}

/** Each file is there as a whole or not at all, and the key is never readable to others. */
function keep(folder: string, authority: Identity): Identity {
  const write = (name: string, text: string, mode: number) => {
    const file = join(folder, name);
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, text, { mode, flag: 'wx' });
    renameSync(draft, file);
  };
  write(KEY_FILE, authority.key, 0o600);
  write(CERT_FILE, authority.cert, 0o644);
  return authority;
}

/** When it expires, in milliseconds since 1970. Throws unless this is an authority with its key. */
function expiryOf(folder: string, authority: Identity): number {
  try {
    const certificate = new X509Certificate(authority.cert);
    if (!certificate.ca) throw new Error(`${CERT_FILE} is not the certificate of an authority`);
    if (!certificate.checkPrivateKey(createPrivateKey(authority.key)))
      throw new Error(`${KEY_FILE} is not the key of ${CERT_FILE}`);
    return Date.parse(certificate.validTo);
  } catch (cause) {
    const advice = `remove ${CERT_FILE} and ${KEY_FILE} for a new authority`;
    throw new Error(`${folder} holds no certificate authority of mqtt311: ${(cause as Error).message}; ${advice}`, {
      cause,
    });
  }
}
