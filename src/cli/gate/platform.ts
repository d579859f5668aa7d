import { EventEmitter, once } from 'node:events';
import { connect, decode, encode, type Packet, PacketType, subscribe } from '../../codec/codec.ts';
import { checkTopicFilter, matches } from '../../codec/topic.ts';
import type { Broker } from '../../testing/testing.ts';
import type { Device, MessageListener, SetReply } from './gate.ts';

type Named = Pick<Device, 'productKey' | 'deviceName'>;

const VERSION = '1.0';
const POST_METHOD = 'thing.event.property.post';
const SET_METHOD = 'thing.service.property.set';

/** The other end of the broker: the services that answer a device, and the one that asks it. */
export class Platform {
  private readonly broker: Broker;
  private readonly now: () => number;
  private readonly listeners = new Set<{ readonly topicFilter: string; readonly listener: MessageListener }>();
  private readonly replies = new EventEmitter();
  private readonly closing = new AbortController();
  private lastId = 0;

  constructor(broker: Broker, now: () => number) {
    this.broker = broker;
    this.now = now;
    this.subscribe('/sys/+/+/thing/event/property/post', (topic, payload) => this.answerPost(topic, payload));
    this.subscribe('/ext/ntp/+/+/request', (topic, payload) => this.answerTime(topic, payload));
    this.subscribe('/sys/+/+/thing/service/property/set_reply', (topic, payload) => this.takeReply(topic, payload));
    const connection = broker.transport('', {
      opened: () => {},
      received: (bytes) => this.hear(decode(bytes)),
      drained: () => {},
      closed: () => {},
    });
    connection.send(encode(connect({ clientId: 'platform', keepAlive: 0 })));
    connection.send(encode(subscribe({ packetId: 1, subscriptions: [{ topicFilter: '#', qos: 0 }] })));
  }

  private hear(packet: Packet): void {
    if (packet.type !== PacketType.PUBLISH) return;
    const { topic, payload } = packet;
    for (const { topicFilter, listener } of [...this.listeners]) {
      if (!matches(topicFilter, topic)) continue;
      try {
        listener(topic, Buffer.from(payload));
      } catch (error) {
        void Promise.reject(error); // a mistake of whoever listens must not keep the others from hearing
      }
    }
  }

  /** Hears every message that the gate accepts from a device, and those sent to devices. Returns the way to stop. */
  subscribe(topicFilter: string, listener: MessageListener): () => void {
    checkTopicFilter(topicFilter);
    const entry = { topicFilter, listener };
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  publish(topic: string, payload: string | Uint8Array, qos: 0 | 1): void {
    this.closing.signal.throwIfAborted();
    this.broker.publish(topic, payload, { qos });
  }

  /** Sends property/set and waits for the device's own answer, for as long as `timeout` milliseconds. */
  async setProperty({ productKey, deviceName }: Named, params: object, timeout: number): Promise<SetReply> {
    const topic = `/sys/${productKey}/${deviceName}/thing/service/property/set`;
    this.lastId += 1;
    const id = String(this.lastId);
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), this.closing.signal]);
    const answered = once(this.replies, `${topic}_reply ${id}`, { signal });
    this.publish(topic, JSON.stringify({ id, version: VERSION, params, method: SET_METHOD }), 1);
    try {
      const [reply] = await answered;
      return reply;
    } catch (cause) {
      throw new Error(`${deviceName} did not answer a property/set`, { cause });
    }
  }

  close(): void {
    this.closing.abort(new Error('the gate is closed'));
  }

  private answerPost(topic: string, payload: Uint8Array): void {
    const id = fieldOf(payload, 'id');
    if (id === undefined) return; // there is nothing to answer to
    this.answer(`${topic}_reply`, {
      code: 200,
      data: {},
      id,
      message: 'success',
      method: POST_METHOD,
      version: VERSION,
    });
  }

  private answerTime(topic: string, payload: Uint8Array): void {
    const serverRecvTime = String(this.now());
    const deviceSendTime = fieldOf(payload, 'deviceSendTime');
    if (deviceSendTime === undefined) return;
    const reply = { deviceSendTime, serverRecvTime, serverSendTime: String(this.now()) };
    this.answer(topic.replace(/request$/, 'response'), reply);
  }

  private answer(topic: string, reply: object): void {
    this.publish(topic, JSON.stringify(reply), 0);
  }

  private takeReply(topic: string, payload: Uint8Array): void {
    const id = fieldOf(payload, 'id');
    if (id !== undefined) this.replies.emit(`${topic} ${id}`, JSON.parse(Buffer.from(payload).toString()));
  }
}

/**
 * A field of a message in JSON, if it is a text or a number. A device may send anything: an object whose `toString` is
 * 0 becomes no text, and one that is nested 100,000 deep becomes no JSON again.
 */
function fieldOf(payload: Uint8Array, name: 'id' | 'deviceSendTime'): string | number | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString())?.[name];
    return typeof value === 'string' || typeof value === 'number' ? value : undefined;
  } catch {
    return undefined; // a service has no answer to what it cannot read
  }
}
