import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ConnectPacket } from '../../codec/codec.ts';
import type { Device } from './gate.ts';
import { Refusal, type Rules } from './rule.ts';

const HASHES = new Map([
  ['hmacmd5', 'md5'],
  ['hmacsha1', 'sha1'],
  ['hmacsha256', 'sha256'],
]);
const MAX_CLIENT_ID = 64;

export function usernameOf({ deviceName, productKey }: Pick<Device, 'deviceName' | 'productKey'>): string {
  return `${deviceName}&${productKey}`;
}

/**
 * Who signs in with this CONNECT, or a Refusal. It shares no line with the library's own signer, so that each of the
 * two is a check of the other.
 */
export function verify<D extends Device>(
  { clientId, username, password }: ConnectPacket,
  devices: ReadonlyMap<string, D>,
  secure: boolean,
  { clientIdRefusal, signInRefusal }: Rules,
): D {
  const { bareClientId, parameters } = readClientId(clientId, clientIdRefusal);
  if (parameters.get('securemode') !== (secure ? '2' : '3')) {
    throw new Refusal(clientIdRefusal, 'securemode does not match the transport');
  }
  const hash = HASHES.get(parameters.get('signmethod') ?? 'hmacmd5');
  if (hash === undefined) throw new Refusal(clientIdRefusal, 'an unknown signmethod');

  const device = devices.get(username ?? '');
  if (device === undefined) throw new Refusal(signInRefusal, 'an unknown device');
  const content = signedContent(bareClientId, device, parameters.get('timestamp'));
  const expected = createHmac(hash, device.deviceSecret).update(content).digest('hex');
  if (!isSameHex(password, expected)) throw new Refusal(signInRefusal, 'a wrong signature');
  return device;
}

/** Splits `bare|key=value,…|`: the keys come in any order, and unknown ones are ignored. */
function readClientId(clientId: string, refusal: number): { bareClientId: string; parameters: Map<string, string> } {
  const [, bareClientId, list] = /^([^|]+)\|([^|]*)\|$/.exec(clientId) ?? [];
  if (bareClientId === undefined || list === undefined) throw new Refusal(refusal, 'a client id of another form');
  if ([...bareClientId].length > MAX_CLIENT_ID) throw new Refusal(refusal, 'a client id of more than 64 characters');

  const parameters = new Map<string, string>();
  for (const parameter of list.split(',')) {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(parameter) ?? [];
    if (key === undefined || value === undefined) throw new Refusal(refusal, 'a client id parameter without a value');
    parameters.set(key, value);
  }
  return { bareClientId, parameters };
}

/** Names and values in alphabetical order, with the timestamp exactly when the client id carries one. */
function signedContent(clientId: string, { deviceName, productKey }: Device, timestamp: string | undefined): string {
  const content = `clientId${clientId}deviceName${deviceName}productKey${productKey}`;
  return timestamp === undefined ? content : `${content}timestamp${timestamp}`;
}

/** Latin-1 keeps one byte a character, so whatever the password holds, its length is its length. */
function isSameHex(password: Uint8Array | undefined, expected: string): boolean {
  const given = Buffer.from(
    Buffer.from(password ?? [])
      .toString('latin1')
      .toLowerCase(),
    'latin1',
  );
  const wanted = Buffer.from(expected, 'latin1');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
