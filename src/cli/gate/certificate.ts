import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';

/** A certificate and its private key, in PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** What a client trusts. */
  ca: string;
  /** What the server shows, and its private key. */
  cert: string;
  key: string;
}

const KIND = { keyType: 'ec', algorithm: 'sha256' } as const;
const LOOPBACK = '127.0.0.1';
const YEAR = 365 * 86_400_000;
/** Milliseconds for which an authority can be trusted, and a server is at most: there are systems that take no more. */
const AUTHORITY_LASTS = 10 * YEAR;
const SERVER_LASTS = YEAR;

/**
 * An authority of our own and a server certificate signed by it, for 127.0.0.1 and localhost. A chain, and not one
 * self-signed certificate, because a device on the platform verifies a chain.
 */
export async function makeCertificates(): Promise<Certificates> {
  const authority = await makeAuthority();
  return { ca: authority.cert, ...(await makeServer(authority)) };
}

export async function makeAuthority(lasts: number = AUTHORITY_LASTS): Promise<Identity> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'mqtt311 local gate CA' }], {
    ...KIND,
    notAfterDate: new Date(Date.now() + lasts),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert, key };
}

/** For 127.0.0.1, localhost and these IP addresses, until the authority expires, or for a year. */
export async function makeServer(authority: Identity, addresses: readonly string[] = []): Promise<Identity> {
  const expires = Date.parse(new X509Certificate(authority.cert).validTo);
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...KIND,
    ca: authority,
    notAfterDate: new Date(Math.min(Date.now() + SERVER_LASTS, expires)),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          ...[LOOPBACK, ...addresses].map((ip) => ({ type: 7, ip }) as const),
        ],
      },
    ],
  });
  return { cert, key };
}
