// The WebSocket of pub, sub and ping: the headers of its handshake, and whom it trusts over TLS.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { refuseAsUsage, UsageError, type Values } from './command.ts';

export const SOCKET_OPTIONS = {
  header: {
    type: 'string',
    multiple: true,
    value: "'NAME: VALUE'",
    says: 'a header of the handshake, repeatable; @FILE: those in a file, one a line',
  },
  ca: { type: 'string', value: 'FILE', says: 'certificates to trust, in PEM' },
  cert: { type: 'string', value: 'FILE', says: "the client's certificate, in PEM; with --key" },
  key: { type: 'string', value: 'FILE', says: 'its private key, in PEM' },
  insecure: { type: 'boolean', says: "do not check the server's certificate" },
} as const;

type SocketValues = Values<typeof SOCKET_OPTIONS>;

/** Headers that the handshake writes itself, and those that would give it a body. */
const RESERVED = /^(connection|upgrade|sec-websocket-.*|content-length|transfer-encoding)$/i;

/** The options of `ws`, or undefined where none is given. */
export function webSocketOptionsOf({ header, ca, cert, key, insecure }: SocketValues): object | undefined {
  const options = {
    ...(header !== undefined && { headers: headersOf(header) }),
    ...(ca !== undefined && { ca: trustedIn(ca) }),
    ...identityOf(cert, key),
    ...(insecure && { rejectUnauthorized: false }),
  };
  return Object.keys(options).length > 0 ? options : undefined;
}

/** No value of a header gets into an error, since it may be a secret. */
function headersOf(given: readonly string[]): Record<string, string | string[]> {
  const headers = new Map<string, { name: string; values: string[] }>();
  for (const line of given.flatMap(linesOf)) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new UsageError("--header must be 'Name: value': there is no colon behind a name");
    const [name, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    if (RESERVED.test(name)) throw new UsageError(`--header must not be ${name}: the WebSocket handshake sets it`);
    refuseAsUsage(() => {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    });
    const key = name.toLowerCase();
    headers.set(key, { name, values: [...(headers.get(key)?.values ?? []), value] });
  }
  return Object.fromEntries([...headers.values()].map(({ name, values }) => [name, values[1] ? values : values[0]!]));
}

/** What curl does with -H: a header, or those in a file, where no other user sees them in the list of processes. */
function linesOf(header: string): string[] {
  if (!header.startsWith('@')) return [header];
  const text = refuseAsUsage(() => readFileSync(header.slice(1), 'utf8'));
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function trustedIn(file: string): Buffer {
  const pem = refuseAsUsage(() => readFileSync(file));
  certificateIn('ca', file, pem);
  return pem;
}

/** The certificate and the key with which the client shows who it is. */
function identityOf(certFile: string | undefined, keyFile: string | undefined): { cert?: Buffer; key?: Buffer } {
  if (certFile === undefined && keyFile === undefined) return {};
  if (certFile === undefined || keyFile === undefined)
    throw new UsageError(`--${certFile === undefined ? 'key needs a --cert' : 'cert needs a --key'}`);
  const [cert, key] = refuseAsUsage(() => [readFileSync(certFile), readFileSync(keyFile)] as const);
  const isOurs = certificateIn('cert', certFile, cert).checkPrivateKey(privateKeyIn(keyFile, key));
  if (!isOurs) throw new UsageError('--key is not the key of the certificate in --cert');
  return { cert, key };
}

function certificateIn(option: string, file: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new UsageError(`--${option}: there is no certificate in PEM in ${file}`, { cause });
  }
}

function privateKeyIn(file: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const isEncrypted = /ENCRYPTED/.test(pem.toString('latin1'));
    const what = isEncrypted ? 'is encrypted; openssl pkey -in FILE -out FILE decrypts it' : 'is no private key in PEM';
    throw new UsageError(`--key: ${file} ${what}`, { cause });
  }
}
