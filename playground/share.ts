// The state of a page in location.hash, so that a link shares it; and what has no place in a link.

import { PacketType } from '../src/codec/packets/packet.ts';
import { type Annotation, explain } from '../src/explain/explain.ts';
import { beginsPacket } from '../src/explain/kind.ts';

/** Longer ones make no link that anybody could send. */
export const MOST_SHARED_BYTES = 2_048;

/** `#/explain?hex=3000`: a page and what it shows. */
export function parseHash(hash: string): { page: string; params: URLSearchParams } {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  return { page: path, params: new URLSearchParams(query) };
}

export function formatHash(page: string, params: Record<string, string>): string {
  const query = new URLSearchParams(params).toString();
  return query === '' ? `#/${page}` : `#/${page}?${query}`;
}

/**
 * The same bytes with `*` in the place of every password. What is broken and is, or holds, a CONNECT could have it
 * anywhere: of that only the variable header is left as it is.
 */
export function withoutSecrets(bytes: Uint8Array): Uint8Array {
  const masked = bytes.slice();
  for (const packet of packetsOf(explain(bytes))) {
    const [first, second] = packet;
    const isConnect = bytes[first!.start]! >> 4 === PacketType.CONNECT;
    if (packet.every(({ error }) => error === undefined)) {
      for (const { field, start, end } of packet) if (field === 'Password') masked.fill(ASTERISK, start, end);
    } else {
      const start = isConnect ? (second ?? first!).end : findProtocolName(bytes, first!.start);
      masked.fill(ASTERISK, start + VARIABLE_HEADER);
    }
  }
  return masked;
}

/** The same change to `shared` as leads from `before` to `after`, except where `shared` has something to hide. */
export function shareEdit(before: Uint8Array, after: Uint8Array, shared: Uint8Array): Uint8Array {
  return shared.map((byte, i) => (before[i] === byte ? after[i]! : byte));
}

const ASTERISK = 0x2a;
const PROTOCOL_NAME = '0,4,77,81,84,84';
const VARIABLE_HEADER = 10; // bytes of a CONNECT's

/** Where a CONNECT's variable header begins, at `start` or later; at the very end when nowhere. */
function findProtocolName(bytes: Uint8Array, start: number): number {
  for (let i = start; i < bytes.length; i++) if (bytes.subarray(i, i + 6).join() === PROTOCOL_NAME) return i;
  return bytes.length;
}

function packetsOf(annotations: readonly Annotation[]): Annotation[][] {
  const packets: Annotation[][] = [];
  for (const annotation of annotations) {
    if (beginsPacket(annotation) || packets.length === 0) packets.push([]);
    packets.at(-1)!.push(annotation);
  }
  return packets;
}

/** The address of a broker without what may be secret in it: user, password, query. */
export function withoutCredentials(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return '';
  }
}
