// A broker that says what it likes, at every state of the client; and what the client may make of it.
import { inspect } from 'node:util';
import { type Client, type ConnectOptions, connect, type Message, type Packet } from '../../../src/client/client.ts';
import {
  connack,
  encode,
  PacketType,
  pingresp,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  type QoS,
  suback,
  unsuback,
} from '../../../src/codec/codec.ts';
import { byteStore } from '../../../src/session/level.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';
import { concat, hex } from '../../support/hex.ts';
import { cases } from '../fuzz/fuzz.ts';
import { Signal } from '../simulation/application.ts';
import { Random } from '../simulation/random.ts';
import { Line } from './line.ts';

/** What must never be seen: of the password, the URL and the messages. */
const SECRET = 'swordfish';
const HANDLER_FAILED = 'the handler failed';
const CLOSE_TIMEOUT = 10_000; // for what is under way, and for the peer

/** SUBACKs with millions of return codes. */
const GIANTS = [10_000_000, 115_000_000].map((size) => {
  const packet = new Uint8Array(5 + size);
  packet.set([0x90, size | 0x80, (size >> 7) | 0x80, (size >> 14) | 0x80, size >> 21, 0, 1]);
  return packet;
});

/** Errors that a caller can tell apart. */
const TYPED = new Set([
  'ProtocolError',
  'PacketTooLargeError',
  'ConnectionLostError',
  'ConnectionRefusedError',
  'SubscriptionRefusedError',
  'MessagesDroppedError',
  'QueueFullError',
  'UnroutedError',
]);

/** What happened in a script, for statistics: that every state was reached. */
export interface Played {
  readonly complaint: string | undefined;
  readonly log: readonly string[];
  readonly connections: number;
}

export async function play(seed: number): Promise<Played> {
  const script = new Script(seed);
  const complaint = await script.run().catch((error: unknown) => `the client threw ${inspect(error)}`);
  return { complaint, log: script.log, connections: script.lines.length };
}

class Script {
  readonly log: string[] = [];
  readonly lines: Line[] = [];
  private readonly random: Random;
  private readonly clock = new FakeClock();
  private readonly mutants: ReturnType<typeof cases>;
  private readonly options: ConnectOptions;
  private readonly signals: Signal[] = [];
  private readonly iterators: AsyncIterator<Message>[] = [];
  private client: Client | undefined;
  private pending = 0;
  private complaint: string | undefined;
  /** Packet types and identifiers that the client has sent. */
  private readonly sent: { readonly type: number; readonly packetId: number }[] = [];
  private rest: Uint8Array = new Uint8Array(0); // of a packet that was begun

  constructor(seed: number) {
    this.random = new Random(seed);
    this.mutants = cases(seed);
    this.clock.chance = this.random.float();
    this.options = this.drawOptions();
  }

  async run(): Promise<string | undefined> {
    const connecting = connect(`ws://user:${SECRET}@broker.test/?token=${SECRET}`, {
      ...this.options,
      clock: this.clock,
      transport: (_url, events) => {
        const line = new Line(events, this.options);
        this.lines.push(line);
        return line;
      },
    });
    this.track(connecting, (client) => this.adopt(client));
    await settled();
    for (let steps = this.random.between(2, 12); steps > 0 && this.complaint === undefined; steps--) {
      await this.step();
      if (this.random.chance(0.7)) await settled();
    }
    await this.finish();
    return this.complaint;
  }

  private drawOptions(): ConnectOptions {
    const { random } = this;
    const isLasting = random.chance(0.4);
    const kept = new Map<string, Uint8Array>();
    const bytes = {
      load: () => kept,
      write: (changes: readonly (readonly [string, Uint8Array | undefined])[]) => {
        for (const [key, value] of changes) value === undefined ? kept.delete(key) : kept.set(key, value);
      },
    };
    const password = { username: 'lamp', password: random.chance(0.5) ? SECRET : Buffer.from(SECRET) };
    return {
      clientId: 'c',
      cleanSession: !isLasting,
      keepAlive: random.pick([0, 2, 60]),
      maxPacketSize: random.pick([undefined, 60, 1_000, 100_000]),
      maxInflight: random.pick([undefined, 1, 3]),
      maxQueued: random.pick([undefined, 2]),
      reconnect: random.pick([false, { minDelay: 10 }, { minDelay: 10, initial: true }]),
      ...(isLasting && random.chance(0.3) && { store: byteStore(bytes) }),
      ...(random.chance(0.3) ? { beforeConnect: async () => password } : password),
    };
  }

  private adopt(client: Client): void {
    this.log.push('online');
    this.client = client;
    client.on('error', (error) => this.judgeError(error));
    client.on('packet', (direction, packet) => this.see(direction, packet));
    client.on('state', (state, cause) => {
      this.log.push(state);
      if (cause !== undefined) this.lines.at(-1)!.cause ??= cause;
    });
  }

  private see(direction: 'sent' | 'received', packet: Packet): void {
    if (direction === 'sent' && packet.type === PacketType.CONNECT && packet.password?.length !== 0)
      this.complaint ??= 'the packet hook has the password';
    if (direction === 'sent' && 'packetId' in packet && packet.packetId > 0) this.sent.push(packet);
  }

  // ---- steps

  private step(): void | Promise<void> {
    const { random } = this;
    const line = this.lines.at(-1);
    if (line === undefined || line.isOver) return this.pass();
    if (!line.isOpen && random.chance(0.9)) return line.open();
    if (line.size === 0 && random.chance(0.8)) return this.give(encode(connack({ sessionPresent: this.recalls() })));
    if (random.chance(0.35)) return this.act();
    if (random.chance(0.1)) return this.pass();
    if (random.chance(0.03)) return line.cut(random.pick([undefined, 1_000, 1_002, 1_006]));
    if (random.chance(0.003)) return this.flood(line);
    if (this.rest.length > 0 && random.chance(0.5)) return this.give(this.rest);
    const bytes = (random.chance(0.4) ? this.answer() : undefined) ?? this.bytes();
    const whole =
      bytes.length > 1 && random.chance(0.2) ? bytes.subarray(0, random.between(1, bytes.length - 1)) : bytes;
    this.give(whole);
    this.rest = bytes.subarray(whole.length);
  }

  private recalls(): boolean {
    return this.options.cleanSession === false ? this.random.chance(0.5) : this.random.chance(0.02);
  }

  /** What is due: it brings the client into states that nothing else brings about. */
  private answer(): Uint8Array | undefined {
    const { type, packetId } = this.sent.pop() ?? { type: 0, packetId: 0 };
    if (type === PacketType.SUBSCRIBE)
      return encode(suback({ packetId, returnCodes: this.random.pick([[0], [1, 2]]) }));
    if (type === PacketType.UNSUBSCRIBE) return encode(unsuback(packetId));
    if (type === PacketType.PUBLISH) return encode(this.random.pick([puback, pubrec])(packetId));
    if (type === PacketType.PUBREC) return encode(pubrel(packetId));
    return type === PacketType.PUBREL ? encode(pubcomp(packetId)) : undefined;
  }

  /** From bytes that mean nothing to packets that are due. */
  private bytes(): Uint8Array {
    const { random } = this;
    const packetId = random.pick([...this.sent.slice(-3).map((packet) => packet.packetId), 1, 2, 65_535]);
    const payload = new Uint8Array(random.magnitude(100));
    const topic = random.pick(['a', 'b/c', 'd']);
    switch (random.below(8)) {
      case 0:
      case 1:
        return this.mutants.next().value!.source;
      case 2:
        return encode(random.pick([puback, pubrec, pubrel, pubcomp, unsuback])(packetId));
      case 3:
        return encode(suback({ packetId, returnCodes: random.pick([[0], [1], [2], [0x80], [1, 0x80]]) }));
      case 4:
        return encode(publish({ topic, payload }));
      case 5: {
        const qos = random.pick<QoS>([1, 2]);
        const one = encode(publish({ topic, payload, qos, packetId, dup: random.chance(0.3) }));
        return concat(...Array.from({ length: random.pick([1, 1, 1, 20]) }, () => one));
      }
      case 6:
        return random.chance(0.5) ? encode(pingresp()) : encode(connack({ returnCode: random.below(6) }));
      default: // much is announced, and some of it comes
        return concat(Uint8Array.of(random.pick([0x30, 0x90]), 0xff, 0xff, 0xff, random.pick([0x01, 0x7f])), payload);
    }
  }

  /** A SUBACK that answers no SUBSCRIBE. Building it must not end the process, nor keep it busy. */
  private flood(line: Line): void {
    const giant = this.random.pick(GIANTS);
    const before = process.cpuUsage();
    line.flood(giant);
    const { user, system } = process.cpuUsage(before);
    const nanoseconds = (user + system) * 1_000;
    if (nanoseconds > 100 * giant.length)
      this.complaint ??= `a SUBACK of ${giant.length} bytes takes ${nanoseconds / 1e6} ms`;
  }

  private give(bytes: Uint8Array): void {
    this.rest = new Uint8Array(0);
    const line = this.lines.at(-1)!;
    const cut = this.random.chance(0.3) ? this.random.below(bytes.length + 1) : bytes.length;
    for (const chunk of [bytes.slice(0, cut), bytes.slice(cut)]) if (chunk.length > 0) line.give(chunk);
  }

  // as it should, or all at once: the machine has slept
  private pass(): Promise<void> {
    const milliseconds = this.random.magnitude(100_000);
    if (this.random.chance(0.5)) return this.clock.advance(milliseconds);
    this.clock.sleep(milliseconds);
    return this.clock.advance(0);
  }

  // ---- the application

  private act(): void {
    const { client, random } = this;
    if (client === undefined) return;
    const signal = random.chance(0.1) ? new Signal() : undefined;
    if (signal !== undefined) this.signals.push(signal);
    switch (random.below(10)) {
      case 0:
        return client.wake();
      case 1:
        return void this.signals.pop()?.fire();
      case 2:
      case 3:
        return this.subscribe(client, signal);
      case 4:
        return void (random.chance(0.1) && this.track(client.close()));
      default:
        return this.track(client.publish('t', SECRET, { qos: random.pick<QoS>([0, 1, 2]), signal }));
    }
  }

  private subscribe(client: Client, signal: Signal | undefined): void {
    const { random } = this;
    const handler = random.pick([
      () => {},
      () => Promise.resolve(),
      () => new Promise<void>(() => {}),
      () => {
        throw new Error(HANDLER_FAILED);
      },
      () => Promise.reject(new Error(HANDLER_FAILED)),
      undefined,
    ]);
    const filters = random.pick([['#'], ['a'], ['d'], ['a', 'b/+']]);
    this.track(client.subscribe(filters, { qos: random.pick<QoS>([0, 1, 2]), signal }, handler), (subscription) => {
      this.log.push('subscribed');
      if (handler === undefined && random.chance(0.5)) {
        const iterator = subscription[Symbol.asyncIterator]();
        this.iterators.push(iterator);
        this.track(iterator.next());
      }
      if (random.chance(0.3)) this.track(subscription.unsubscribe());
    });
  }

  private track<T>(promise: Promise<T>, fulfilled: (value: T) => void = () => {}): void {
    this.pending += 1;
    promise.then(
      (value) => {
        this.pending -= 1;
        fulfilled(value);
      },
      (error: Error) => {
        this.pending -= 1;
        this.judgeError(error);
      },
    );
  }

  // ---- judgement

  private judgeError(error: Error): void {
    const isOwn =
      (error?.cause as Error | undefined)?.message === HANDLER_FAILED ||
      this.signals.some(({ reason }) => reason === error);
    const isGivenUp = error.message === 'given up'; // a signal that has fired
    this.log.push(error.name);
    if (!TYPED.has(error.name) && !isOwn && !isGivenUp) this.complaint ??= `an error of no type: ${inspect(error)}`;
    if (inspect(error, { depth: 10, showHidden: true }).includes(SECRET))
      this.complaint ??= `a secret in an error: ${inspect(error, { depth: 10 })}`;
  }

  private async finish(): Promise<void> {
    await this.clock.advance(0);
    for (const line of this.lines) this.complaint ??= line.complaint(line === this.lines.at(-1));
    if (this.client === undefined) {
      await this.clock.advance(100_000); // the attempts time out …
      const { reconnect } = this.options;
      if (reconnect === false || !reconnect?.initial) return this.checkNothingLeft();
      // … and go on until the broker refuses
      for (let line = this.lines.at(-1)!; this.pending > 0; line = this.lines.at(-1)!) {
        if (!line.isOver && !line.isOpen) line.open();
        await settled();
        if (!line.isOver) line.give(encode(connack({ returnCode: this.options.beforeConnect ? 0 : 5 })));
        await this.clock.advance(70_000);
        if (this.client !== undefined) break;
        if (this.lines.length > 1_000) this.complaint ??= 'connecting never ends';
        if (this.complaint !== undefined) return;
      }
    }
    if (this.client !== undefined) {
      let isClosed = false;
      void (this.client as Client).close().then(() => (isClosed = true));
      await this.clock.advance(CLOSE_TIMEOUT);
      if (!isClosed) this.complaint ??= `close() takes longer than ${CLOSE_TIMEOUT} ms`;
    }
    for (const iterator of this.iterators) this.track(iterator.next());
    await settled();
    this.checkNothingLeft();
  }

  private checkNothingLeft(): void {
    if (this.pending > 0) this.complaint ??= `${this.pending} promises never settle`;
    if (this.clock.pending.length > 0) this.complaint ??= 'a timer is left';
    if (this.lines.some(({ isOver, isLeft }) => !isOver && !isLeft)) this.complaint ??= 'a connection is left';
    if (this.signals.some(({ listeners }) => listeners.size > 0)) this.complaint ??= 'a listener on a signal is left';
    if (this.complaint !== undefined)
      this.complaint += `\n${this.log.join(' ')}\n${this.lines.map(({ given }) => hex(given)).join('\n')}`;
  }
}
