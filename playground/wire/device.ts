// A client in the page, with the application around it: what it remembers, and which messages it got.
import type { QoS } from '../../src/codec/codec.ts';
import type { Clock } from '../../src/connection/clock.ts';
import type { TransportFactory } from '../../src/connection/transport.ts';
import { type Client, type ClientState, createClient, type Message } from '../../src/index.ts';
import { recordStore, type SessionRecord } from '../../src/session/store.ts';
import type { Fact } from './fact.ts';

/** What a client of a challenge is. */
export interface DeviceOptions {
  readonly clientId: string;
  /** Seconds; 0: off. */
  readonly keepAlive: number;
  /** It publishes to this topic. */
  readonly topic?: string;
  /** It subscribes to this. */
  readonly topicFilter?: string;
  /** It has a will for this topic. */
  readonly willTopic?: string;
}

export class Device {
  readonly options: DeviceOptions;
  /** What the client would need to go on after a restart: public, as any store would have it. */
  readonly records: Map<string, SessionRecord> = new Map();
  readonly messages: Message[] = [];
  state: ClientState = 'closed';
  /** Why there is no connection. */
  cause: Error | undefined;
  cleanSession = true;
  private readonly clock: Clock;
  private readonly transport: TransportFactory;
  private readonly tell: (fact: Fact) => void;
  private client: Client | undefined;

  constructor(options: DeviceOptions, clock: Clock, transport: TransportFactory, tell: (fact: Fact) => void) {
    this.options = options;
    this.clock = clock;
    this.transport = transport;
    this.tell = tell;
  }

  connect(cleanSession: boolean): void {
    if (this.client !== undefined) throw new RangeError(`${this.options.clientId} is connected`);
    const { clientId, keepAlive, topicFilter, willTopic } = this.options;
    const { records, clock, transport } = this;
    this.cleanSession = cleanSession;
    const client = createClient('ws://broker', {
      clientId,
      keepAlive,
      cleanSession,
      clock,
      transport,
      will: willTopic === undefined ? undefined : { topic: willTopic, payload: `${clientId} is gone`, qos: 1 },
      connectTimeout: Number.POSITIVE_INFINITY, // A reader may hold the CONNECT.
      store: recordStore({
        load: () => records,
        write(changes) {
          for (const [key, record] of changes)
            if (record === undefined) records.delete(key);
            else records.set(key, record);
        },
      }),
    });
    this.client = client;
    this.state = client.state;
    client.on('state', (state, cause) => {
      if (this.client !== client) return;
      this.state = state;
      this.cause = cause;
      if (state === 'closed') this.client = undefined;
      this.tell({ kind: 'state', clientId, state, cause });
    });
    client.on('packet', (direction, packet) => this.tell({ kind: direction, by: 'client', clientId, packet }));
    client.on('unrouted', (message) => this.take(message));
    if (topicFilter !== undefined)
      client.subscribe(topicFilter, { qos: 2 }, (message) => this.take(message)).catch(() => {}); // The state says why.
  }

  /** Says DISCONNECT, without waiting for what is under way. */
  disconnect(): void {
    void this.running().close({ drain: 0 });
    this.client = undefined;
    this.state = 'closed';
    this.cause = undefined;
  }

  publish(text: string, qos: QoS, retain: boolean): void {
    this.running()
      .publish(this.options.topic!, text, { qos, retain })
      .catch(() => {}); // The client was closed before it was acknowledged.
  }

  private running(): Client {
    if (this.client === undefined) throw new RangeError(`${this.options.clientId} is not connected`);
    return this.client;
  }

  private take(message: Message): void {
    const { topic, retain } = message;
    this.messages.push(message);
    this.tell({ kind: 'message', clientId: this.options.clientId, topic, text: message.text(), retain });
  }
}
