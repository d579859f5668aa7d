// mqtt-packet reads everything that we write, and sees the same fields in it.
import fc from 'fast-check';
import mqttPacket from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import { encode, type Packet, PacketType } from '../../src/codec/codec.ts';
import { chunked, chunkSizes, packet, prop } from '../support/arbitraries.ts';
import { concat } from '../support/hex.ts';
import { vectors } from '../support/packets.ts';
import { same } from '../support/same.ts';

vi.setConfig({ testTimeout: 60_000 });

type Fields = Record<string, unknown>;

const names = Object.fromEntries(Object.entries(PacketType).map(([name, type]) => [type, name.toLowerCase()]));
const isText = (value: unknown) => value !== undefined;

/** Our packet in mqtt-packet's words. */
function inTheirWords(ours: Packet): Fields {
  const cmd = names[ours.type];
  switch (ours.type) {
    case PacketType.CONNECT: {
      const { clientId, cleanSession: clean, keepAlive: keepalive, username, password, will } = ours;
      return {
        cmd,
        protocolId: 'MQTT',
        protocolVersion: 4,
        clientId,
        clean,
        keepalive,
        ...(isText(username) && { username }),
        ...(isText(password) && { password }),
        ...(will && { will }),
      };
    }
    case PacketType.CONNACK:
      return { cmd, sessionPresent: ours.sessionPresent, returnCode: ours.returnCode };
    case PacketType.PUBLISH: {
      const { dup, qos, retain, topic, payload, packetId } = ours;
      return { cmd, dup, qos, retain, topic, payload, ...(qos > 0 && { messageId: packetId }) };
    }
    case PacketType.SUBSCRIBE:
      return {
        cmd,
        messageId: ours.packetId,
        subscriptions: ours.subscriptions.map(({ topicFilter, qos }) => ({ topic: topicFilter, qos })),
      };
    case PacketType.SUBACK:
      return { cmd, messageId: ours.packetId, granted: ours.returnCodes };
    case PacketType.UNSUBSCRIBE:
      return { cmd, messageId: ours.packetId, unsubscriptions: ours.topicFilters };
    case PacketType.PINGREQ:
    case PacketType.PINGRESP:
    case PacketType.DISCONNECT:
      return { cmd };
    default:
      return { cmd, messageId: ours.packetId };
  }
}

/** What they read, without what they add: the fixed header's bits where ours has no field for them. */
function theirs(read: mqttPacket.Packet): Fields {
  const { cmd, length, ...all } = read as unknown as Fields;
  if (cmd !== 'publish') for (const bit of ['dup', 'qos', 'retain']) delete all[bit];
  return { cmd, ...plain(all) };
}

// their arrays of bytes are Buffers
function plain(fields: Fields): Fields {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (Buffer.isBuffer(value)) return [key, new Uint8Array(value)];
      if (key === 'will') return [key, plain(value as Fields)];
      return [key, value];
    }),
  );
}

function readByThem(chunks: Iterable<Uint8Array>): Fields[] {
  const read: Fields[] = [];
  const parser = mqttPacket.parser({ protocolVersion: 4 });
  parser.on('packet', (packet) => read.push(theirs(packet)));
  parser.on('error', (error) => {
    throw error;
  });
  for (const chunk of chunks) parser.parse(Buffer.from(chunk));
  return read;
}

describe('mqtt-packet', () => {
  it.each(vectors)('reads $title as we wrote it', ({ packet: ours }) => {
    same(readByThem([encode(ours)]), [inTheirWords(ours)]);
  });

  prop([fc.array(packet, { minLength: 1, maxLength: 6 }), chunkSizes], { numRuns: 2000 })(
    'reads any packets as we wrote them, however they are cut',
    (packets, sizes) => {
      same(readByThem(chunked(concat(...packets.map(encode)), sizes)), packets.map(inTheirWords));
    },
  );

  it('would see a difference', () => {
    const [read] = readByThem([encode(vectors[0]!.packet)]);
    expect(read).not.toStrictEqual({ ...inTheirWords(vectors[0]!.packet), keepalive: 61 });
  });
});
