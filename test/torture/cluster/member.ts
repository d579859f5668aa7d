// A client on a node of a cluster, and how it gets away from one that is killed: ours, or MQTT.js for comparison.
import mqtt, { type MqttClient } from 'mqtt';
import { PacketType } from '../../../src/codec/codec.ts';
import { type Client, connect, type QoS } from '../../../src/index.node.ts';

/** The way from a node that was killed to another one, in milliseconds since then. */
export interface Move {
  /** Whether the client is on another node now. */
  readonly isElsewhere: boolean;
  readonly firstAttempt: number;
  readonly attempts: number;
  readonly online: number;
}

export interface MemberOptions {
  readonly clientId: string;
  readonly cleanSession: boolean;
  readonly urls: readonly string[];
  /** The node on which it begins. */
  readonly begin: number;
  /** `reconnect.minDelay`, in milliseconds. */
  readonly minDelay: number;
}

/** Seconds: no node is silent here, they are dead. */
const KEEP_ALIVE = 10;

export abstract class Member {
  readonly moves: Move[] = [];
  /** Connections that did not find the session that they had asked to be kept. */
  sessionsLost = 0;
  node = -1;
  protected readonly options: MemberOptions;
  private killed = Number.NaN;
  private left = -1;
  private firstAttempt = 0;
  private attempts = 0;
  private number = 0;
  private isFirst = true;

  constructor(options: MemberOptions) {
    this.options = options;
  }

  abstract readonly isOnline: boolean;
  abstract open(): Promise<void>;
  abstract publish(topic: string, text: string, qos: QoS): Promise<unknown>;
  abstract subscribe(topic: string, qos: QoS, take: (text: string) => void): Promise<unknown>;
  abstract reconnect(): void;
  abstract close(): Promise<unknown>;

  /** The node that this client is on is killed now. */
  expectMove(): void {
    this.killed = performance.now();
    this.left = this.node;
    this.attempts = 0;
  }

  get isSettled(): boolean {
    return this.isOnline && Number.isNaN(this.killed);
  }

  /** The url for the next attempt: all nodes in turn. */
  protected next(): string {
    const { urls, begin } = this.options;
    if (this.attempts++ === 0) this.firstAttempt = performance.now();
    this.node = (begin + this.number++) % urls.length;
    return urls[this.node]!;
  }

  protected accepted(sessionPresent: boolean): void {
    if (!this.isFirst && !this.options.cleanSession && !sessionPresent) this.sessionsLost += 1;
    this.isFirst = false;
    if (Number.isNaN(this.killed)) return;
    const { killed, firstAttempt, attempts } = this;
    const isElsewhere = this.node !== this.left;
    this.moves.push({ isElsewhere, firstAttempt: firstAttempt - killed, attempts, online: performance.now() - killed });
    this.killed = Number.NaN;
  }
}

export class OurMember extends Member {
  private client!: Client;

  async open(): Promise<void> {
    const { clientId, cleanSession, urls, minDelay } = this.options;
    this.client = await connect(urls[0]!, {
      clientId,
      cleanSession,
      keepAlive: KEEP_ALIVE,
      reconnect: { initial: true, minDelay },
      beforeConnect: () => ({ url: this.next() }),
    });
    this.accepted(this.client.sessionPresent);
    this.client.on('packet', (direction, packet) => {
      if (direction === 'received' && packet.type === PacketType.CONNACK) this.accepted(packet.sessionPresent);
    });
  }

  get isOnline(): boolean {
    return this.client.state === 'online';
  }

  publish(topic: string, text: string, qos: QoS): Promise<unknown> {
    return this.client.publish(topic, text, { qos });
  }

  subscribe(topic: string, qos: QoS, take: (text: string) => void): Promise<unknown> {
    return this.client.subscribe(topic, { qos }, (message) => take(message.text()));
  }

  reconnect(): void {
    void this.client.reconnect();
  }

  close(): Promise<unknown> {
    return this.client.close();
  }
}

export class OtherMember extends Member {
  private client!: MqttClient;

  async open(): Promise<void> {
    const { clientId, cleanSession, urls, minDelay } = this.options;
    this.client = mqtt.connect(urls[0]!, {
      clientId,
      clean: cleanSession,
      keepalive: KEEP_ALIVE,
      reconnectPeriod: minDelay,
      transformWsUrl: () => this.next(),
    });
    this.client.on('error', () => {});
    this.client.on('connect', ({ sessionPresent }) => this.accepted(sessionPresent));
    await new Promise<void>((resolve) => this.client.once('connect', () => resolve()));
  }

  get isOnline(): boolean {
    return this.client.connected;
  }

  publish(topic: string, text: string, qos: QoS): Promise<unknown> {
    return this.client.publishAsync(topic, text, { qos });
  }

  subscribe(topic: string, qos: QoS, take: (text: string) => void): Promise<unknown> {
    this.client.on('message', (_, payload) => take(payload.toString()));
    return this.client.subscribeAsync(topic, { qos });
  }

  reconnect(): void {
    this.client.stream.destroy();
  }

  close(): Promise<unknown> {
    return this.client.endAsync(true);
  }
}
