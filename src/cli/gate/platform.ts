import { EventEmitter, once } from 'node:events';
import type { Aedes, AedesPublishPacket } from 'aedes';
import type { Device, MessageListener, SetReply } from './gate.ts';

type Named = Pick<Device, 'productKey' | 'deviceName'>;

const VERSION = '1.0';
const POST_METHOD = 'thing.event.property.post';
const SET_METHOD = 'thing.service.property.set';

/** What stands behind the door: the services that answer a device, and the one that asks it. */
export class Platform {
  private readonly broker: Aedes;
  private readonly now: () => number;
  private readonly replies = new EventEmitter();
  private readonly closing = new AbortController();
  private lastId = 0;

  constructor(broker: Aedes, now: () => number) {
    this.broker = broker;
    this.now = now;
    this.subscribe('/sys/+/+/thing/event/property/post', (topic, payload) => this.answerPost(topic, payload));
    this.subscribe('/ext/ntp/+/+/request', (topic, payload) => this.answerTime(topic, payload));
    this.subscribe('/sys/+/+/thing/service/property/set_reply', (topic, payload) => this.takeReply(topic, payload));
  }

  /** Hears every message that a device gets through the door, and those sent to devices. Returns its own off. */
  subscribe(topicFilter: string, listener: MessageListener): () => void {
    const deliver = ({ topic, payload }: AedesPublishPacket, done: () => void) => {
      // what begins with $ is the broker's own business
      if (!topic.startsWith('$')) listener(topic, Buffer.from(payload));
      done();
    };
    this.broker.subscribe(topicFilter, deliver, () => {});
    return () => this.broker.unsubscribe(topicFilter, deliver, () => {});
  }

  publish(topic: string, payload: string | Uint8Array, qos: 0 | 1): Promise<void> {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload);
    return new Promise((resolve, reject) => {
      this.broker.publish({ cmd: 'publish', topic, payload: bytes, qos, retain: false, dup: false }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  /** Sends property/set and waits for the device's own answer, for as long as `timeout` milliseconds. */
  async setProperty({ productKey, deviceName }: Named, params: object, timeout: number): Promise<SetReply> {
    const topic = `/sys/${productKey}/${deviceName}/thing/service/property/set`;
    this.lastId += 1;
    const id = String(this.lastId);
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), this.closing.signal]);
    const answered = once(this.replies, `${topic}_reply ${id}`, { signal });
    await this.publish(topic, JSON.stringify({ id, version: VERSION, params, method: SET_METHOD }), 1);
    try {
      const [reply] = await answered;
      return reply;
    } catch (cause) {
      throw new Error(`${deviceName} did not answer a property/set`, { cause });
    }
  }

  close(): void {
    this.closing.abort();
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
    this.publish(topic, JSON.stringify(reply), 0).catch(() => {}); // A broker that is closing refuses it.
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
