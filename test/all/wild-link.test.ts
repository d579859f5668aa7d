// Links that are cut at random never look like a broker that refuses a packet. `CUTS=10000` cuts each of them so often.
import { describe, expect, it } from 'vitest';
import { type Client, createClient, type Transport, type TransportEvents } from '../../src/client/client.ts';
import { connack, Decoder, encode, type Packet, PacketType, pingresp, puback, suback } from '../../src/codec/codec.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Of each link. */
const CUTS = Number(process.env['CUTS'] ?? 1_700);

/** A broker behind a link that ends at random: with each chunk by chance, behind some bytes, or after some time. */
class WildLink {
  cuts = 0;
  readonly delivered = new Map<string, number>();
  private readonly clock: FakeClock;
  private readonly random: () => number;
  private readonly mode: number;
  private readonly density: number;

  constructor(clock: FakeClock, random: () => number, mode: number, density: number) {
    this.clock = clock;
    this.random = random;
    this.mode = mode;
    this.density = density;
  }

  readonly transport = (_: string, events: TransportEvents): Transport => {
    const { clock, random, mode, density } = this;
    const decoder = new Decoder();
    let isOver = false;
    let bytes = mode === 1 ? random() * density : Number.POSITIVE_INFINITY;
    const cut = () => {
      if (isOver) return;
      isOver = true;
      this.cuts += 1;
      events.closed(undefined, 1006);
    };
    if (mode === 2) clock.setTimeout(cut, -Math.log(random()) * density);
    const pass = (take: () => void) => {
      if (mode === 0 && random() < density) clock.setTimeout(cut, 5);
      else clock.setTimeout(() => !isOver && take(), 5);
    };
    const answer = (packet: Packet) => {
      const { type, packetId } = packet as { type: number; packetId: number };
      if (type === PacketType.CONNECT) return connack();
      if (type === PacketType.PINGREQ) return pingresp();
      if (type === PacketType.SUBSCRIBE) return suback({ packetId, returnCodes: [1] });
      return puback(packetId);
    };
    const take = (chunk: Uint8Array) => {
      const count = Math.min(bytes, chunk.length);
      bytes -= chunk.length;
      decoder.push(chunk.subarray(0, count));
      for (let packet = decoder.read(); packet; packet = decoder.read()) {
        const reply = encode(answer(packet));
        if (packet.type === PacketType.PUBLISH) this.delivered.set(packet.topic, packet.payload.length);
        pass(() => events.received(reply));
      }
      if (bytes < 0) cut();
    };
    clock.setTimeout(() => !isOver && events.opened(), 5);
    return {
      send: (chunk) => pass(() => take(chunk)),
      close: () => {
        isOver = true;
        events.closed();
      },
      abort: () => {
        isOver = true;
      },
    };
  };
}

/** The same numbers for the same seed. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('over a link that is cut again and again, no publish is rejected', () => {
  it.each([
    ['each chunk in ten', 0, 0.1, 50],
    ['every third chunk', 0, 0.33, 50],
    ['behind up to 500 bytes', 1, 500, 50],
    ['behind up to twice the size of large messages', 1, 1_200_000, 600_000],
    ['after 100 ms on average', 2, 100, 50],
    ['after 2 s on average', 2, 2_000, 50],
  ])(
    'cut with %s',
    async (_, mode, density, size) => {
      const clock = new FakeClock();
      const random = mulberry(311);
      const link = new WildLink(clock, random, mode, density);
      const rejected: Error[] = [];
      const options = { clock, transport: link.transport, reconnect: { minDelay: 1, maxDelay: 100 } };
      const client: Client = createClient('ws://wild.test', { clientId: 'c', ...options });
      let published = 0;
      let pending = 0;
      for (let turn = 0; link.cuts < CUTS && turn < 1_000 * CUTS; turn++) {
        while (pending < 3) {
          pending += 1;
          published += 1;
          client
            .publish(`t${published}`, new Uint8Array(size), { qos: 1 })
            .catch((error) => rejected.push(error))
            .finally(() => {
              pending -= 1;
            });
        }
        await clock.advance(100);
      }
      expect(rejected).toStrictEqual([]);
      expect(link.cuts).toBeGreaterThanOrEqual(CUTS);
      expect(link.delivered.size).toBeGreaterThanOrEqual(published - 3);
      await client.close({ drain: 0 });
    },
    600_000,
  );
});
