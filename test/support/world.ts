// A session, and all that it asks of its owner, written down.
import { type Packet, type PublishPacket, publish, type QoS, type SubackReturnCode } from '../../src/codec/codec.ts';
import {
  createSession,
  type Exchange,
  type Receipt,
  type Session,
  type SessionOptions,
} from '../../src/session/session.ts';
import { say } from './say.ts';

const NO_PAYLOAD = new Uint8Array(0);

/** A message to topic `topic`, as a broker would send it. */
export const message = (topic: string, qos: QoS = 0, packetId = 0, dup = false): PublishPacket =>
  publish({ topic, payload: NO_PAYLOAD, qos, packetId, dup });

export class World {
  readonly session: Session;
  /** Receipts of the messages delivered, in order. */
  readonly receipts: Receipt[] = [];
  private log: string[] = [];

  constructor(options?: SessionOptions) {
    this.session = createSession(
      {
        send: (packet) => void this.log.push(say(packet)),
        deliver: ({ topic }, receipt) => {
          this.receipts.push(receipt);
          this.log.push(`deliver ${topic}`);
        },
        restoreFailed: (topicFilter) => void this.log.push(`not restored: ${topicFilter}`),
      },
      options,
    );
  }

  /** A world whose session has just been connected. */
  static online(options?: SessionOptions): World {
    const world = new World(options);
    world.session.connected(false);
    return world;
  }

  publish(topic: string, qos: QoS = 0): Exchange {
    return this.session.publish(message(topic, qos), (error) => this.log.push(`${topic} ${fateOf(error)}`));
  }

  subscribe(...topicFilters: string[]): Exchange {
    const subscriptions = topicFilters.map((topicFilter) => ({ topicFilter, qos: 1 as const }));
    return this.session.subscribe(subscriptions, (error, returnCodes?: readonly SubackReturnCode[]) =>
      this.log.push(`${topicFilters.join(' ')} ${error ? fateOf(error) : `granted ${returnCodes?.join(' ')}`}`),
    );
  }

  unsubscribe(...topicFilters: string[]): Exchange {
    return this.session.unsubscribe(topicFilters, (error) =>
      this.log.push(`${topicFilters.join(' ')} ${error ? fateOf(error) : 'left'}`),
    );
  }

  receive(...packets: Packet[]): void {
    for (const packet of packets) this.session.receive(packet);
  }

  /** The connection is lost, and there is a new one. */
  reconnect(sessionPresent: boolean): void {
    this.session.disconnected();
    this.session.connected(sessionPresent);
  }

  /** What happened since this was last asked. */
  happened(): string[] {
    const log = this.log;
    this.log = [];
    return log;
  }
}

const fateOf = (error: Error | undefined) => (error === undefined ? 'done' : `failed: ${error.message}`);
