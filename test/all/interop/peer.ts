// A client of ours whose connection can be cut, and the messages it has got.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { PacketType } from '../../../src/codec/codec.ts';
import { type Client, type ConnectOptions, connect, type Message, type Packet } from '../../../src/index.node.ts';

export interface Received {
  /** As `summary` has it. */
  payload: string;
  qos: number;
  retain: boolean;
}

export function receivedOf({ payload, qos, retain }: Message): Received {
  return { payload: summary(payload), qos, retain };
}

/** To be compared and printed in the place of what may be a megabyte. */
export function summary(payload: Uint8Array): string {
  return `${payload.length} bytes, ${createHash('sha256').update(payload).digest('hex')}`;
}

/** Messages in order of arrival, for whoever waits for the next one. */
export class Inbox {
  private readonly messages: Message[] = [];
  private readonly waiters: ((message: Message) => void)[] = [];

  readonly take = (message: Message): void => {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.messages.push(message);
    else waiter(message);
  };

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  next(): Promise<Message> {
    const message = this.messages.shift();
    return message === undefined ? new Promise((resolve) => this.waiters.push(resolve)) : Promise.resolve(message);
  }

  /** What came before the message with this payload. */
  async until(last: string): Promise<Received[]> {
    const received: Received[] = [];
    for (;;) {
      const message = await this.next();
      if (Buffer.from(message.payload).equals(Buffer.from(last))) return received;
      received.push(receivedOf(message));
    }
  }
}

const NAMES: { [type: number]: string } = { [PacketType.PUBLISH]: 'PUBLISH', [PacketType.PUBREL]: 'PUBREL' };

export class Peer {
  readonly client: Client;
  readonly inbox = new Inbox();
  /** What the last CONNACK after a `wake` said. */
  sessionPresent: boolean | undefined;
  /** Publishes and PUBRELs. */
  readonly sent: string[] = [];
  private readonly sockets: Socket[];

  private constructor(client: Client, sockets: Socket[]) {
    this.client = client;
    this.sockets = sockets;
    client.on('packet', (direction, packet) => this.note(direction, packet));
  }

  /** Connects; it reconnects only when it is woken. */
  static async open(url: string, ca: string, options: ConnectOptions): Promise<Peer> {
    const sockets: Socket[] = [];
    const finishRequest = (request: ClientRequest) => {
      request.on('socket', (socket) => sockets.push(socket));
      request.end();
    };
    const never = 600_000;
    const reconnect = { minDelay: never, maxDelay: never };
    const client = await connect(url, { reconnect, webSocketOptions: { ca, finishRequest }, ...options });
    return new Peer(client, sockets);
  }

  /** Cuts the connection, without DISCONNECT; the client waits to be woken. */
  async cut(): Promise<void> {
    const waiting = this.reached('waiting');
    this.socket.destroy();
    await waiting;
  }

  async wake(): Promise<void> {
    const online = this.reached('online');
    this.client.wake();
    await online;
  }

  /** Resolves when something has come that the client will never hear of. */
  async deafen(): Promise<void> {
    this.socket.removeAllListeners('data');
    await once(this.socket, 'data');
  }

  hasSent(type: number): Promise<void> {
    return new Promise((resolve) => {
      this.client.on('packet', (direction, packet) => direction === 'sent' && packet.type === type && resolve());
    });
  }

  reached(wanted: Client['state']): Promise<Error | undefined> {
    return new Promise((resolve) => {
      const off = this.client.on('state', (state, cause) => {
        if (state !== wanted) return;
        off();
        resolve(cause);
      });
    });
  }

  private get socket(): Socket {
    return this.sockets.at(-1)!;
  }

  private note(direction: 'sent' | 'received', packet: Packet): void {
    if (packet.type === PacketType.CONNACK) this.sessionPresent = packet.sessionPresent;
    const name = NAMES[packet.type];
    if (direction === 'received' || name === undefined) return;
    this.sent.push(packet.type === PacketType.PUBLISH && packet.dup ? `${name} again` : name);
  }
}
