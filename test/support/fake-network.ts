// A client over connections that are played by the test: what a broker would do, it is told to do.
import { expect } from 'vitest';
import {
  type Client,
  type ConnectOptions,
  connect,
  createClient,
  type Packet,
  type Transport,
  type TransportEvents,
  type TransportFactory,
} from '../../src/client/client.ts';
import { connack, Decoder, encode, PacketType } from '../../src/codec/codec.ts';
import { FakeClock, settled } from './fake-clock.ts';
import { concat } from './hex.ts';

/** One connection that the client has opened. */
export class Connection implements Transport {
  readonly url: string;
  readonly frames: Uint8Array[] = [];
  readonly packets: Packet[] = [];
  /** How the client ended it. */
  end: 'closed' | 'aborted' | undefined;
  buffered = 0;
  sendError: Error | undefined;
  private readonly events: TransportEvents;
  private readonly decoder = new Decoder();

  constructor(url: string, events: TransportEvents) {
    this.url = url;
    this.events = events;
  }

  send(bytes: Uint8Array): void {
    if (this.sendError !== undefined) throw this.sendError;
    expect(this.end).toBe(undefined);
    this.frames.push(bytes);
    this.decoder.push(bytes);
    for (let packet = this.decoder.read(); packet !== undefined; packet = this.decoder.read())
      this.packets.push(packet);
  }

  close(): void {
    this.end ??= 'closed';
  }

  abort(): void {
    this.end ??= 'aborted';
  }

  bufferedAmount(): number {
    return this.buffered;
  }

  /** The packets that came since this was last asked, but for CONNECT. */
  async taken(): Promise<Packet[]> {
    await settled();
    return this.packets.splice(0).filter(({ type }) => type !== PacketType.CONNECT);
  }

  async open(): Promise<this> {
    this.events.opened();
    await settled();
    return this;
  }

  /** The broker sends these, in one chunk. */
  async give(...packets: Packet[]): Promise<void> {
    await this.giveBytes(concat(...packets.map(encode)));
  }

  async giveBytes(bytes: Uint8Array): Promise<void> {
    this.events.received(bytes);
    await settled();
  }

  async cut(code: number | undefined = 1006, cause?: unknown): Promise<void> {
    this.events.closed(cause, code);
    await settled();
  }

  async drain(): Promise<void> {
    this.buffered = 0;
    this.events.drained();
    await settled();
  }
}

/** All that a client and its connections need, apart from any other. */
export class Network {
  readonly clock = new FakeClock();
  readonly connections: Connection[] = [];
  /** What happened, in order: state changes, errors, and messages without a subscription. */
  readonly log: string[] = [];
  readonly errors: Error[] = [];
  readonly transport: TransportFactory = (url, events) => {
    const connection = new Connection(url, events);
    this.connections.push(connection);
    return connection;
  };

  /** The newest connection. */
  get connection(): Connection {
    return this.connections.at(-1)!;
  }

  connect(options?: ConnectOptions): Promise<Client> {
    const connecting = this.begin<Promise<Client>>(connect, options);
    connecting.catch(() => {}); // a test looks at it later
    return connecting;
  }

  create(options?: ConnectOptions): Client {
    const client = this.begin<Client>(createClient, options);
    this.listen(client);
    return client;
  }

  private begin<T>(begin: typeof createClient | typeof connect, options: ConnectOptions = {}): T {
    const { clock } = this;
    const { transport = this.transport } = options;
    const { chance } = clock;
    clock.chance = 0; // packet identifiers begin with 1
    const begun = begin('ws://broker.test/mqtt', { clientId: 'c', clock, ...options, transport });
    clock.chance = chance;
    return begun as T;
  }

  /** The newest connection opens, and the broker accepts. */
  async accept(sessionPresent = false): Promise<Connection> {
    await settled();
    const connection = await this.connection.open();
    await connection.give(connack({ sessionPresent }));
    return connection;
  }

  /** A client that is online. */
  async online(options: ConnectOptions = {}): Promise<Client> {
    const connecting = this.connect(options);
    await this.accept();
    const client = await connecting;
    this.listen(client);
    await this.clock.advance(0);
    return client;
  }

  listen(client: Client): void {
    client.on('state', (state) => this.log.push(state));
    client.on('error', (error) => {
      this.log.push(error.name);
      this.errors.push(error);
    });
    client.on('unrouted', ({ topic }) => this.log.push(`message ${topic}`));
  }

  /** The connection is lost, and a new one is accepted. */
  async reconnect(sessionPresent = false): Promise<Connection> {
    await this.connection.cut();
    await this.clock.advance(this.clock.pending[0]!);
    return this.accept(sessionPresent);
  }
}

/** What has become of a promise. */
export async function fate<T>(promise: Promise<T>): Promise<T | Error | 'pending'> {
  const pending = settled().then(() => 'pending' as const);
  return Promise.race([promise.catch((error: Error) => error), pending]);
}

/** A promise, and how to settle it. */
export function deferred<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((a, b) => {
    resolve = a;
    reject = b;
  });
  return { promise, resolve, reject };
}
