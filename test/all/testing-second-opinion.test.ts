// mosquitto and the broker of mqtt311/testing get the same packets, and have to deliver the same.
import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  connect,
  Decoder,
  encode,
  type Packet,
  pingreq,
  puback,
  pubcomp,
  pubrec,
  pubrel,
  type QoS,
  subscribe,
} from '../../src/codec/codec.ts';
import { createBroker } from '../../src/testing/testing.ts';
import { message, shown } from '../testing/raw.ts';
import { type RunningBroker, startBroker } from './interop/start.ts';

/** Sends bytes to a broker; what comes back goes to the function that is given. */
type Wire = (received: (chunk: Uint8Array) => void) => (bytes: Uint8Array) => void;

/** A client that acknowledges everything at once, and remembers the messages. */
class Peer {
  readonly messages: Packet[] = [];
  readonly send: (...packets: Packet[]) => void;
  private readonly decoder = new Decoder();
  answers = 0;

  constructor(wire: Wire, clientId: string) {
    const write = wire((chunk) => this.receive(chunk));
    this.send = (...packets) => {
      for (const packet of packets) write(encode(packet));
    };
    this.send(connect({ clientId }));
  }

  /** Resolves when this many answers have come in all. */
  async answered(count: number): Promise<void> {
    await expect.poll(() => this.answers, { interval: 1, timeout: 5_000 }).toBe(count);
  }

  private receive(chunk: Uint8Array): void {
    this.decoder.push(chunk);
    for (let packet = this.decoder.read(); packet; packet = this.decoder.read()) {
      if (packet.type !== 3 && packet.type !== 6) this.answers += 1;
      if (packet.type === 5) this.send(pubrel(packet.packetId));
      if (packet.type === 6) this.send(pubcomp(packet.packetId));
      if (packet.type !== 3) continue;
      this.messages.push(packet);
      if (packet.qos > 0) this.send(packet.qos === 1 ? puback(packet.packetId) : pubrec(packet.packetId));
    }
  }
}

interface Scenario {
  readonly filters: readonly { topicFilter: string; qos: QoS }[];
  readonly publishes: readonly { topic: string; qos: QoS; retain: boolean; text: string }[];
}

/** What each filter brings: half of the subscriptions are made before the publishes, half behind them. */
async function outcome(wire: Wire, { filters, publishes }: Scenario): Promise<string[][]> {
  const peers: Peer[] = [];
  const subscribeAll = async (some: Scenario['filters']) => {
    for (const subscription of some) {
      const peer = new Peer(wire, `s${peers.length}`);
      peers.push(peer);
      await peer.answered(1);
      peer.send(subscribe({ packetId: 1, subscriptions: [subscription] }));
      await peer.answered(2);
    }
  };
  await subscribeAll(filters.slice(0, filters.length / 2));
  const publisher = new Peer(wire, 'publisher');
  let answers = 1;
  for (const [i, { text, ...packet }] of publishes.entries()) {
    publisher.send(message(packet.topic, text, { ...packet, packetId: packet.qos && i + 1 }));
    answers += packet.qos;
    await publisher.answered(answers);
  }
  publisher.send(pingreq());
  answers += 1;
  await publisher.answered(answers); // those of QoS 0 have come, too
  await subscribeAll(filters.slice(filters.length / 2));
  for (const peer of peers) {
    const before = peer.answers;
    peer.send(pingreq());
    await peer.answered(before + 1); // what was on its way has come before
  }
  const messages = peers.map((peer) => shown(peer.messages.splice(0)).sort());
  // so that nothing is left for the next scenario
  for (const { topic } of publishes) publisher.send(message(topic, '', { retain: true }));
  publisher.send(pingreq());
  await publisher.answered(answers + 1);
  return messages;
}

const LEVELS = ['a', 'b', '', '$x'];

/** The same for a seed. */
function scenarioOf(seed: number): Scenario {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >> 8) % below;
  };
  const levels = (words: readonly string[]) =>
    Array.from({ length: 1 + random(3) }, () => words[random(words.length)]!);
  const nameOf = (words: readonly string[]) => levels(words).join('/') || 'a';
  const qos = () => random(3) as QoS;
  return {
    filters: Array.from({ length: 12 }, () => {
      const filter = nameOf([...LEVELS, '+']);
      return { topicFilter: ['#', `${filter}/#`, filter, filter][random(4)]!, qos: qos() };
    }),
    publishes: Array.from({ length: 10 }, (_, i) => {
      const topic = nameOf(LEVELS).replace(/^\$/, '');
      return { topic, qos: qos(), retain: random(2) === 0, text: random(5) > 0 ? `${i}` : '' };
    }),
  };
}

const ours = (): Wire => {
  const { transport } = createBroker();
  return (received) => {
    const { send } = transport('ws://test', { opened: () => {}, received, drained: () => {}, closed: () => {} });
    return send;
  };
};

let mosquitto: RunningBroker;
beforeAll(async () => {
  mosquitto = await startBroker('mosquitto');
}, 120_000);
afterAll(() => mosquitto?.stop());

const theirs: Wire = (received) => {
  const socket = connectSocket(mosquitto.tcpPort, '127.0.0.1');
  socket.on('data', (chunk) => received(new Uint8Array(chunk)));
  return (bytes) => void socket.write(bytes);
};

it.each(Array.from({ length: 40 }, (_, i) => i + 1))(
  'delivers what mosquitto delivers, in scenario %i',
  async (seed) => {
    const scenario = scenarioOf(seed);
    const mine = await outcome(ours(), scenario);
    expect(mine).toEqual(await outcome(theirs, scenario));
    expect(mine.flat().length).toBeGreaterThan(3);
  },
);
