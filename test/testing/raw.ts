// A client that sends what it is told to, legal or not, and shows what comes back.
import { afterEach, expect } from 'vitest';
import {
  type ConnectPacket,
  connect,
  Decoder,
  encode,
  type Packet,
  PacketType,
  ProtocolError,
  type PublishPacket,
  publish,
  type QoS,
  subscribe,
} from '../../src/codec/codec.ts';
import type { Transport } from '../../src/connection/transport.ts';
import { type Broker, type BrokerOptions, type ConnectionEvent, createBroker } from '../../src/testing/testing.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';
import { bytes as bytesOf, concat } from '../support/hex.ts';

const open: Broker[] = [];
afterEach(() => {
  for (const broker of open.splice(0)) broker.close();
});

export interface World {
  readonly clock: FakeClock;
  readonly broker: Broker;
  /** The connections that are over, with their reasons. */
  readonly closed: ConnectionEvent[];
}

export function startBroker(options: BrokerOptions = {}): World {
  const clock = new FakeClock();
  const broker = createBroker({ clock, ...options });
  open.push(broker);
  const closed: ConnectionEvent[] = [];
  broker.on('connection', (event) => void (event.state === 'closed' && closed.push(event)));
  return { clock, broker, closed };
}

export class Raw {
  readonly packets: Packet[] = [];
  isClosed = false;
  private readonly decoder = new Decoder();
  private readonly transport: Transport;

  constructor(broker: Broker) {
    this.transport = broker.transport('ws://test', {
      opened: () => {},
      received: (chunk) => {
        this.decoder.push(chunk);
        for (let packet = this.decoder.read(); packet; packet = this.decoder.read()) this.packets.push(packet);
      },
      drained: () => {},
      closed: () => {
        this.isClosed = true;
      },
    });
  }

  /** Sends packets in one chunk, and returns what came back since this was last asked. */
  send(...packets: Packet[]): Promise<Packet[]> {
    return this.sendBytes(concat(...packets.map(encode)));
  }

  hex(text: string): Promise<Packet[]> {
    return this.sendBytes(bytesOf(text));
  }

  sendBytes(bytes: Uint8Array): Promise<Packet[]> {
    this.write(bytes);
    return this.taken();
  }

  write(bytes: Uint8Array): void {
    this.transport.send(bytes);
  }

  async taken(): Promise<Packet[]> {
    await settled();
    return this.packets.splice(0);
  }

  /** The messages among them. */
  async messages(): Promise<PublishPacket[]> {
    return (await this.taken()).filter((packet) => packet.type === PacketType.PUBLISH);
  }

  subscribe(topicFilter: string, qos: QoS = 2, packetId = 1): Promise<Packet[]> {
    return this.send(subscribe({ packetId, subscriptions: [{ topicFilter, qos }] }));
  }

  async close(): Promise<void> {
    this.transport.close();
    await settled();
  }
}

/** A client that is connected; its CONNACK is taken away. */
export async function join(
  { broker }: World,
  clientId: string,
  options: Partial<Omit<ConnectPacket, 'type'>> = {},
): Promise<Raw> {
  const client = new Raw(broker);
  expect(await client.send(connect({ clientId, keepAlive: 0, ...options }))).toMatchObject([
    { type: 2, returnCode: 0 },
  ]);
  return client;
}

/** The client of before, on another connection; what came with its CONNACK is not taken away. */
export async function rejoin({ broker }: World, clientId: string): Promise<Raw> {
  const client = new Raw(broker);
  const [, ...packets] = await client.send(connect({ clientId, cleanSession: false, keepAlive: 0 }));
  client.packets.push(...packets);
  return client;
}

export const message = (topic: string, text = '', options: Partial<PublishPacket> = {}): PublishPacket =>
  publish({ topic, payload: Buffer.from(text), ...options });

/** The messages in short: topic, text, QoS. */
export const shown = (packets: readonly Packet[]): string[] =>
  packets.map((packet) =>
    packet.type === PacketType.PUBLISH
      ? `${packet.topic} ${Buffer.from(packet.payload)} ${packet.qos}${packet.retain ? ' retain' : ''}${packet.dup ? ' dup' : ''}`
      : `type ${packet.type}`,
  );

/** The last connection that is over ended for this reason. */
export function endedBy({ closed }: World, clause: string | undefined): void {
  const error = closed.at(-1)?.error;
  if (clause === undefined) expect(error).toBe(undefined);
  else expect(error).toBeInstanceOf(ProtocolError);
  expect((error as ProtocolError | undefined)?.clause).toBe(clause);
}
