// Legal packets, and the ways their bytes may arrive, for fast-check.
import fc from 'fast-check';
import { test } from 'vitest';
import {
  connack,
  connect,
  disconnect,
  type Packet,
  pingreq,
  pingresp,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  type QoS,
  type SubackReturnCode,
  suback,
  subscribe,
  unsuback,
  unsubscribe,
} from '../../src/codec/codec.ts';

/** `prop([a, b])('title', (a, b) => …)`: a test with a title of its own, whatever the seed. */
export const prop =
  <T extends [unknown, ...unknown[]]>(arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> }, params?: fc.Parameters<T>) =>
  (title: string, check: (...values: T) => void) =>
    test(title, () => fc.assert(fc.property(...arbitraries, check), params));

const LONE_SURROGATE = /\p{Surrogate}/gu;
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { noNullPrototype: true });

const noNull = (text: string) => !text.includes('\0') && Buffer.byteLength(text) <= 0xffff;
export const anyText = fc.string({ unit: 'binary' });
export const text = fc
  .oneof(
    fc.string({ unit: 'grapheme-composite' }),
    fc.string({ unit: 'binary' }).map((any) => any.replace(LONE_SURROGATE, 'x')),
  )
  .map((any) => any.replaceAll('\0', '0'))
  .filter(noNull);
const level = text.map((any) => any.replace(/[/#+]/g, 'x'));
export const topic = fc
  .array(level, { minLength: 1, maxLength: 5 })
  .map((levels) => levels.join('/'))
  .map((joined) => joined || '/');
export const topicFilter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.oneof(level, fc.constantFrom('#', '+')))
  .map(([levels, last]) => [...levels, last].join('/') || '/');
export const packetId = fc.integer({ min: 1, max: 65_535 });
export const qos = fc.constantFrom<QoS>(0, 1, 2);
// most payloads are small; some pass the limits of the Remaining Length's first two bytes
export const payload = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.tuple(fc.integer({ max: 17_000, min: 100 }), fc.nat(255)).map(filled) },
);
function filled([size, byte]: [number, number]): Uint8Array {
  return new Uint8Array(size).fill(byte);
}
const binary = fc.uint8Array({ maxLength: 40 });

const connectPacket = record({
  clientId: text,
  cleanSession: fc.boolean(),
  keepAlive: fc.nat(65_535),
  username: fc.option(text, { nil: undefined }),
  password: fc.option(binary, { nil: undefined }),
  will: fc.option(record({ topic, payload: binary, qos, retain: fc.boolean() }), { nil: undefined }),
}).map((fields) =>
  connect({
    ...fields,
    cleanSession: fields.cleanSession || fields.clientId === '',
    password: fields.username === undefined ? undefined : fields.password,
  }),
);
const connackPacket = record({ sessionPresent: fc.boolean(), returnCode: fc.nat(5) }).map(
  ({ sessionPresent, returnCode }) => connack({ sessionPresent: sessionPresent && returnCode === 0, returnCode }),
);
export const publishPacket = record({ topic, payload, qos, retain: fc.boolean(), dup: fc.boolean(), packetId }).map(
  (fields) => publish({ ...fields, dup: fields.dup && fields.qos > 0, packetId: fields.qos > 0 ? fields.packetId : 0 }),
);

export const packet: fc.Arbitrary<Packet> = fc.oneof(
  { weight: 3, arbitrary: connectPacket },
  connackPacket,
  { weight: 3, arbitrary: publishPacket },
  ...[puback, pubrec, pubrel, pubcomp, unsuback].map((build) => packetId.map<Packet>(build)),
  record({ packetId, subscriptions: fc.array(record({ topicFilter, qos }), { minLength: 1, maxLength: 6 }) }).map(
    subscribe,
  ),
  record({
    packetId,
    returnCodes: fc.array(fc.constantFrom<SubackReturnCode>(0, 1, 2, 0x80), { minLength: 1, maxLength: 9 }),
  }).map(suback),
  record({ packetId, topicFilters: fc.array(topicFilter, { minLength: 1, maxLength: 6 }) }).map(unsubscribe),
  fc.constantFrom(pingreq(), pingresp(), disconnect()),
);

/** Sizes of the chunks in which a stream arrives, used over and over. */
export const chunkSizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 2000 })), {
  minLength: 1,
  maxLength: 8,
});

export function chunked(source: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const steps = sizes.every((size) => size === 0) ? [1] : sizes;
  for (let start = 0, i = 0; start < source.length; i++) {
    const end = start + steps[i % steps.length]!;
    chunks.push(source.slice(start, end));
    start = end;
  }
  return chunks;
}
