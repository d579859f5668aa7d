// The client where there is neither socket nor timer: over a transport and a clock of ours, with a broker in memory.
import type { Clock, TransportEvents, TransportFactory } from '../../src/client/client.ts';
import { connect } from '../../src/client/client.ts';
import {
  connack,
  Decoder,
  encode,
  type Packet,
  PacketType,
  type PublishPacket,
  pingresp,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
} from '../../src/codec/codec.ts';
import { type Steps, talk } from './wire.ts';

interface Timer {
  readonly at: number;
  /** Tells apart what is due at the same time: there are engines whose sort() is not stable. */
  readonly number: number;
  readonly callback: () => void;
}

let now = 0;
let timers: Timer[] = [];
let timerCount = 0;

const clock: Clock = {
  now: () => now,
  setTimeout(callback, milliseconds) {
    const timer = { at: now + milliseconds, number: timerCount++, callback };
    timers.push(timer);
    return timer;
  },
  clearTimeout(timer) {
    timers = timers.filter((other) => other !== timer);
  },
  random: () => 0.5,
};

/** One connection to the broker, which sends everything that a client publishes back to that client. */
const transport: TransportFactory = (_, events) => {
  const broker = new MemoryBroker(events);
  clock.setTimeout(() => events.opened(), 1);
  return {
    send(bytes) {
      clock.setTimeout(() => broker.receive(bytes), 1);
    },
    close: () => void clock.setTimeout(() => events.closed(), 1),
  };
};

class MemoryBroker {
  private readonly events: TransportEvents;
  private readonly decoder = new Decoder();
  private isSilent = false;
  private lastPacketId = 0;

  constructor(events: TransportEvents) {
    this.events = events;
  }

  receive(bytes: Uint8Array): void {
    this.decoder.push(bytes);
    for (let packet = this.decoder.read(); packet !== undefined; packet = this.decoder.read()) this.answer(packet);
  }

  private answer(packet: Packet): void {
    switch (packet.type) {
      case PacketType.CONNECT:
        return this.send(connack());
      case PacketType.SUBSCRIBE:
        return this.send(
          suback({ packetId: packet.packetId, returnCodes: packet.subscriptions.map(({ qos }) => qos) }),
        );
      case PacketType.PUBLISH:
        return this.take(packet);
      case PacketType.PUBREL:
        return this.send(pubcomp(packet.packetId));
      case PacketType.PUBREC:
        return this.send(pubrel(packet.packetId));
      case PacketType.PINGREQ:
        return this.send(pingresp());
    }
  }

  private take({ topic, payload, qos, packetId }: PublishPacket): void {
    if (topic === 'control/cut') return this.events.closed('cut');
    if (topic === 'control/freeze') this.isSilent = true;
    if (qos === 1) this.send(puback(packetId));
    if (qos === 2) this.send(pubrec(packetId));
    if (qos > 0) this.lastPacketId += 1;
    this.send(publish({ topic, payload, qos, packetId: qos === 0 ? 0 : this.lastPacketId }));
  }

  private send(packet: Packet): void {
    if (this.isSilent) return;
    const bytes = encode(packet);
    clock.setTimeout(() => this.events.received(bytes), 1);
  }
}

/** The result; undefined while it runs. */
export let steps: Steps | undefined;

/** Begins. From then on, promises have to settle and time has to pass, in turns, until there are `steps`. */
export function start(): void {
  void talk(connect as never, 'memory:', 'simulated', { transport, clock }).then((result) => {
    steps = result;
  });
}

/** Lets the next timer fire. Returns false when there is none. */
export function advance(): boolean {
  const next = timers.sort((a, b) => a.at - b.at || a.number - b.number).shift();
  if (next === undefined) return false;
  now = next.at;
  next.callback();
  return true;
}
