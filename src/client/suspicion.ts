// A packet that the broker refuses by ending the connection: how it is found, and given up.
import type { Packet } from '../codec/codec.ts';
import { PINGRESP, PUBACK, PUBLISH } from '../codec/packets/packet.ts';
import type { Connection } from '../connection/connection.ts';
import type { ConnectionLostError } from '../connection/error.ts';
import { VIOLATIONS } from '../session/exchange.ts';
import { repeated } from './backoff.ts';
import type { MqttClient } from './mqtt-client.ts';

/** After this many connections in a row that ended right behind a packet, it goes out alone. */
const SEVERAL = 3;

/** After this many, it is given up. A link that is cut at random does not do that: see docs/reliability.md. */
const TOO_MANY = 9;

/**
 * A broker that refuses a packet ends the connection within this time, in milliseconds. One that goes out alone pauses as
 * long before its first byte, behind its fixed header, and before its last byte: a link that is cut at random, or by a large
 * packet, is cut while nothing, or the middle, is sent.
 */
const SOON = 1_000;

export class Suspicion {
  private readonly client: MqttClient;
  private packetId = 0; // of the suspect
  /** Connections in a row that ended right behind it. */
  ends = 0;
  private first: Packet | undefined; // packet of this connection, as long as nothing is acknowledged behind it
  private isAlive = false; // the connection: it has answered a PINGREQ

  constructor(client: MqttClient) {
    this.client = client;
  }

  /** Whether the suspect goes out alone. */
  get isGrave(): boolean {
    return this.ends >= SEVERAL;
  }

  sent(packet: Packet): void {
    if (this.first || !(idOf(packet) > 0) || VIOLATIONS[packet.type]) return;
    this.first = packet;
  }

  received({ type }: Packet): void {
    if (VIOLATIONS[type]) this.first = undefined;
    this.isAlive ||= type === PINGRESP;
  }

  /** A connection begins. Asks whether it is alive, before the suspect goes out. */
  connected(connection: Connection): void {
    const { keepAlive = 60 } = this.client.options;
    this.first = undefined;
    this.isAlive = false;
    if (!this.isGrave) return;
    connection.probe();
    connection.outgoing.sendSlowly(Math.min(SOON, keepAlive * 100 || SOON));
  }

  /** The connection is lost. Returns the error that names the packet, if it is time for that. */
  judge(error: Error, connection: Connection): Error {
    const { client, first, isAlive } = this;
    const { clock, session, options } = client;
    const isSoon = clock.now() - connection.outgoing.writtenAt <= SOON;
    const isRefusal = (error as ConnectionLostError).reason === 'closed' && isSoon && connection.outgoing.isAnswerable;
    this.first = undefined; // it has a payload, which must not outlive the connection
    if (!first || !isRefusal || (this.isGrave && !isAlive)) {
      this.ends = 0;
      session.isCareful = false;
      return error;
    }
    this.ends = idOf(first) === this.packetId ? this.ends + 1 : 1;
    this.packetId = idOf(first);
    if (!this.isGrave) return error;
    session.isCareful = true;
    const isOver = this.ends >= TOO_MANY && options.cleanSession !== false;
    const what = isOver
      ? 'it is given up'
      : options.cleanSession === false
        ? 'to give it up, connect once with cleanSession: true'
        : 'it goes out alone';
    const refusal = repeated(error, this.ends, ` right behind ${describe(first)}: the broker may refuse it; ${what}`);
    if (isOver) {
      this.ends = 0;
      session.refused({ type: PUBACK, packetId: this.packetId }, refusal); // as if the answer were illegal
    }
    return refusal;
  }
}

/** What the packets of the sender have between them. */
interface Sent {
  readonly packetId: number;
  readonly topic?: string;
  readonly subscriptions?: readonly { readonly topicFilter: string }[];
  readonly topicFilters?: readonly string[];
}

const idOf = (packet: Packet) => (packet as Sent).packetId;

function describe(packet: Packet): string {
  const { packetId, topic, subscriptions, topicFilters } = packet as Sent;
  const names = topicFilters ?? subscriptions?.map(({ topicFilter }) => topicFilter) ?? [topic];
  const type = packet.type === PUBLISH ? 'PUBLISH' : subscriptions ? 'SUBSCRIBE' : `packet type ${packet.type}`;
  return `${type} '${names.join("', '")}' with packetId ${packetId}`;
}
