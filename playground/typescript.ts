// Packets as calls of the builders that make them.

import { textOf } from '#text';
import { Decoder, type Packet, PacketType } from '../src/codec/codec.ts';
import { nameOfType } from '../src/explain/name.ts';
import type { Packets, Part } from '../src/explain/packets.ts';
import { visible } from '../src/explain/visible.ts';

/** A program of which `packets` has the same packets; a broken one is an array of bytes. */
export function typescriptOf({ bytes, parts }: Packets): string {
  const builders = new Set<string>();
  const lines = parts.map((part) => {
    const comment = part.origin === undefined ? '' : ` // ${part.origin.direction}`;
    const call = part.error === undefined ? callOf(packetIn(bytes, part), builders) : undefined;
    if (call !== undefined) return `  encode(${call}),${comment}`;
    return `  Uint8Array.of(${numbers(bytes.subarray(part.start, part.end))}), // ${visible(part.error!.message)}`;
  });
  if (builders.size > 0) builders.add('encode');
  const names = [...builders].sort().join(', ');
  const header = names === '' ? '' : `import { ${names} } from 'mqtt311/codec';\n\n`;
  return `${header}const packets = [\n${lines.join('\n')}\n];\n`;
}

function packetIn(bytes: Uint8Array, { start, end }: Part): Packet {
  const decoder = new Decoder();
  decoder.push(bytes.subarray(start, end));
  return decoder.read()!;
}

/** What a builder takes for granted. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  cleanSession: true,
  keepAlive: 60,
  sessionPresent: false,
  dup: false,
  retain: false,
};

function callOf(packet: Packet, builders: Set<string>): string {
  const { type, ...fields } = packet;
  const builder = nameOfType(type).toLowerCase();
  builders.add(builder);
  const isOnlyId = Object.keys(fields).join() === 'packetId';
  if (isOnlyId) return `${builder}(${(packet as { packetId: number }).packetId})`;
  const isDefault = ([name, value]: [string, unknown]) =>
    value === undefined ||
    DEFAULTS[name] === value ||
    (type === PacketType.PUBLISH && value === 0) ||
    (type === PacketType.CONNACK && value === 0);
  const given = Object.entries(fields).filter((entry) => !isDefault(entry));
  return given.length === 0 ? `${builder}()` : `${builder}(${literalOf(Object.fromEntries(given))})`;
}

function literalOf(value: unknown): string {
  if (value instanceof Uint8Array) return bytesLiteral(value);
  if (Array.isArray(value)) return `[${value.map(literalOf).join(', ')}]`;
  if (typeof value === 'string') return visible(JSON.stringify(value));
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(([name, each]) => `${name}: ${literalOf(each)}`);
  return `{ ${fields.join(', ')} }`;
}

/** As text, if that makes the same bytes and everything in it can be seen. */
function bytesLiteral(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'new Uint8Array()';
  const text = textOf(bytes);
  const isText = text !== undefined && visible(text) === text;
  return isText ? `new TextEncoder().encode(${JSON.stringify(text)})` : `Uint8Array.of(${numbers(bytes)})`;
}

function numbers(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ');
}
