import { connect, encode, type Packet, PacketType, publish } from '../../../codec/codec.ts';
import type { TransportEvents } from '../../../connection/transport.ts';
import { type Broker, createBroker, ProtocolError } from '../../../testing/testing.ts';
import { bytesOf, type Check, checkBytes, checkThat, checkValue, Failure, inWords } from '../check.ts';
import { sayError } from '../run.ts';

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
}
type Events = Pick<TransportEvents, 'opened' | 'received' | 'closed'>;
interface Client {
  subscribe(topicFilter: string): Promise<void>;
  publish(topic: string, payload: Uint8Array): Promise<void>;
}
interface Answer {
  createClient(options: {
    clientId: string;
    connect(events: Events): { send(bytes: Uint8Array): void; close(): void };
    onMessage(message: Message): void;
  }): Client;
}

/** Milliseconds that a step may take, and for which a step that must not come is waited for. */
const PATIENCE = 500;
const QUIET = 20;

const HELLO = bytesOf('68 69');
const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** A client of the reader's, a broker, and what passed between them. */
class Scene {
  readonly broker: Broker = createBroker();
  readonly client: Client;
  readonly messages: Message[] = [];
  /** What the broker has received. */
  readonly received: Packet[] = [];
  private readonly sent: Uint8Array[] = [];
  private failure: Failure | undefined;
  private isOver = false;

  constructor({ createClient }: Answer, prepare: (broker: Broker) => void) {
    this.broker.on('packet', ({ direction, fate, packet }) => {
      if (direction === 'up' && fate === 'delivered' && packet !== undefined) this.received.push(packet);
    });
    this.broker.on('connection', ({ error }) => {
      if (error instanceof ProtocolError) this.fail(`the broker closed the connection: ${error.message}`);
    });
    prepare(this.broker);
    this.client = createClient({
      clientId: 'mine',
      connect: (events) => this.connect(events),
      onMessage: (message) => {
        this.messages.push(message);
      },
    });
    for (const name of ['publish', 'subscribe'] as const)
      checkThat(typeof this.client?.[name] === 'function', `the client must have a function ${name}`);
  }

  /** Waits until the condition holds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    for (const end = Date.now() + PATIENCE; !condition(); await sleep(1)) {
      if (this.failure !== undefined) throw this.failure;
      checkThat(Date.now() < end, `${what}; it did not within ${PATIENCE / 1000} s`, this.lastSent());
    }
    if (this.failure !== undefined) throw this.failure;
  }

  /** Waits for a promise of the reader's. */
  async settled(promise: unknown, name: string, why: string): Promise<void> {
    const state = watch(promise, name);
    await this.until(() => state.isSettled, `the promise of ${name} must be fulfilled, because ${why}`);
    if (state.error !== undefined) throw new Failure(`the promise of ${name} was rejected: ${sayError(state.error)}`);
  }

  /** Waits for the packet of this type with this number, from 0. */
  async packet(type: number, name: string, number = 0): Promise<Packet> {
    const found = () => this.received.filter((packet) => packet.type === type)[number];
    const which = number === 0 ? `a ${name}` : `${name} number ${number + 1}`;
    await this.until(() => found() !== undefined, `the broker must receive ${which}`);
    return found()!;
  }

  end(): void {
    this.isOver = true;
    this.broker.close();
  }

  private connect(events: Events) {
    const guard = (act: () => void) => {
      if (this.isOver || this.failure !== undefined) return;
      try {
        act();
      } catch (error) {
        this.fail(sayError(error));
      }
    };
    const transport = this.broker.transport('ws://test', {
      opened: () => guard(() => events.opened()),
      received: (chunk) => guard(() => events.received(chunk)),
      closed: () => void setTimeout(() => guard(() => events.closed())), // a client that never gives up leaves time for checks
      drained: () => {},
    });
    return {
      send: (bytes: Uint8Array) => {
        checkThat(bytes instanceof Uint8Array, `send needs a Uint8Array, and got ${inWords(bytes)}`);
        this.sent.push(bytes.slice());
        transport.send(bytes.slice());
      },
      close: () => transport.close(),
    };
  }

  private fail(message: string): void {
    this.failure ??= new Failure(message, this.lastSent());
  }

  private lastSent() {
    const bytes = this.sent.at(-1);
    return bytes === undefined ? [] : [{ title: 'sent last', kind: 'packets' as const, bytes, at: undefined }];
  }
}

function watch(promise: unknown, name: string): { isSettled: boolean; error?: unknown } {
  checkThat(promise instanceof Promise, `${name} must return a Promise, and returned ${inWords(promise)}`);
  const state: { isSettled: boolean; error?: unknown } = { isSettled: false };
  promise.then(
    () => {
      state.isSettled = true;
    },
    (error) => {
      state.isSettled = true;
      state.error = error;
    },
  );
  return state;
}

function check(name: string, act: (scene: Scene) => Promise<void>, prepare = (_: Broker) => {}): Check<Answer> {
  return {
    name,
    async run(answer) {
      const scene = new Scene(answer, prepare);
      try {
        await act(scene);
      } finally {
        scene.end();
      }
    },
  };
}

/** The client sends this PUBLISH, as the given number of its kind. Returns the packet identifier that it has chosen. */
async function published(scene: Scene, number: number, topic: string, given?: { packetId: number }): Promise<number> {
  const packet = await scene.packet(PacketType.PUBLISH, 'PUBLISH', number);
  const { packetId } = given ?? (packet as { packetId: number });
  const expected = publish({ topic, payload: HELLO, qos: 1, dup: given !== undefined, packetId: packetId || 1 });
  checkBytes(encode(packet), encode(expected), 'packets', `PUBLISH number ${number + 1}`);
  return packetId;
}

function topicsSinceConnect(packets: readonly Packet[]): string[] {
  const last = packets.map(({ type }) => type).lastIndexOf(PacketType.CONNECT);
  return packets.slice(last + 1).map((packet) => ('topic' in packet ? packet.topic : 'another packet'));
}

const CONNACK = { type: PacketType.CONNACK, direction: 'down' } as const;
const PUBACK = { type: PacketType.PUBACK, direction: 'down' } as const;

export const checks: readonly Check<Answer>[] = [
  check('sends CONNECT, with a session that is kept', async (scene) => {
    const expected = connect({ clientId: 'mine', cleanSession: false, keepAlive: 60 });
    checkBytes(encode(await scene.packet(PacketType.CONNECT, 'CONNECT')), encode(expected), 'packets', 'the packet');
  }),
  check('subscribes with QoS 1, and knows when it is done', async (scene) => {
    await scene.settled(scene.client.subscribe('a/+'), 'subscribe', 'the SUBACK has come');
    const { subscriptions } = scene.broker.sessions.get('mine')!;
    checkThat(subscriptions.get('a/+') === 1, `the broker knows ${inWords([...subscriptions])} and not a/+ with QoS 1`);
  }),
  check('hands a message to onMessage, and acknowledges it', async (scene) => {
    await scene.settled(scene.client.subscribe('a/+'), 'subscribe', 'the SUBACK has come');
    for (const topic of ['a/b', 'a/c']) scene.broker.publish(topic, HELLO, { qos: 1 });
    await scene.until(() => scene.messages.length === 2, 'onMessage must be called with both messages');
    checkValue(scene.messages[1], { topic: 'a/c', payload: HELLO });
    await scene.packet(PacketType.PUBACK, 'PUBACK', 1);
    const { inflight } = scene.broker.sessions.get('mine')!;
    checkThat(inflight.size === 0, 'the broker still waits for the PUBACK of one of the messages');
  }),
  check('fulfils publish when the PUBACK comes, and not before', async (scene) => {
    scene.broker.network.hold(PUBACK);
    const promise = scene.client.publish('a/b', HELLO);
    const state = watch(promise, 'publish');
    await published(scene, 0, 'a/b');
    await sleep(QUIET);
    checkThat(!state.isSettled, 'the promise of publish was fulfilled before the PUBACK came');
    scene.broker.network.release();
    await scene.settled(promise, 'publish', 'the PUBACK has come');
  }),
  check(
    'sends nothing but CONNECT before the CONNACK, and then what has waited, without DUP',
    async (scene) => {
      const promise = scene.client.publish('a/b', HELLO);
      await scene.packet(PacketType.CONNECT, 'CONNECT');
      await sleep(QUIET);
      checkThat(scene.received.length === 1, 'the client sent another packet before the CONNACK came');
      scene.broker.network.release();
      await published(scene, 0, 'a/b');
      await scene.settled(promise, 'publish', 'the PUBACK has come');
    },
    (broker) => broker.network.hold(CONNACK),
  ),
  check('connects again after a cut, and sends the PUBLISH again: same identifier, DUP', async (scene) => {
    scene.broker.network.cut(PUBACK);
    const promise = scene.client.publish('a/b', HELLO);
    const packetId = await published(scene, 0, 'a/b');
    await scene.packet(PacketType.CONNECT, 'CONNECT', 1);
    await published(scene, 1, 'a/b', { packetId });
    await scene.settled(promise, 'publish', 'the PUBACK has come on the second connection');
  }),
  check('sends again in the order in which it sent first, and nothing that was acknowledged', async (scene) => {
    await scene.settled(scene.client.publish('a/0', HELLO), 'publish', 'the PUBACK has come');
    scene.broker.network.cut(PUBACK);
    const promises = ['a/1', 'a/2'].map((topic) => scene.client.publish(topic, HELLO));
    await published(scene, 1, 'a/1');
    await scene.packet(PacketType.CONNECT, 'CONNECT', 1);
    const topics = () => topicsSinceConnect(scene.received);
    await scene.until(() => topics().length > 1, 'the client must publish a/1 and a/2 after the cut');
    checkThat(topics().join() === 'a/1,a/2', `after the cut it published ${inWords(topics())}, and not a/1 and a/2`);
    for (const promise of promises) await scene.settled(promise, 'publish', 'its PUBACK has come');
  }),
  check(
    'understands a broker whose bytes come one by one, and begins again after half a packet',
    async (scene) => {
      await scene.settled(scene.client.subscribe('a/+'), 'subscribe', 'the SUBACK has come');
      scene.broker.network.cut({ type: PacketType.PUBLISH, direction: 'down', at: 'inside' });
      scene.broker.publish('a/b', HELLO, { qos: 1 });
      await scene.packet(PacketType.CONNECT, 'CONNECT', 1);
      await scene.until(() => scene.messages.length > 0, 'onMessage must be called, on the second connection');
      checkValue(scene.messages[0], { topic: 'a/b', payload: HELLO });
    },
    (broker) => broker.network.chunks(1, { direction: 'down' }),
  ),
];
