import { once } from 'node:events';
import type { Client, Message } from 'mqtt311';

/** Who a device is, for its topics. */
export interface DeviceName {
  productKey: string;
  deviceName: string;
}

export type Log = (line: string) => void;

/** What the platform's topics carry, as far as a device looks into it. */
interface Envelope {
  id: string;
  params?: Record<string, unknown>;
}

/**
 * A device that reports its properties, takes new ones, and asks the time: the everyday traffic of the platform, on
 * the topics of its thing model.
 */
export class DemoDevice {
  private readonly client: Client;
  private readonly log: Log;
  private readonly thing: string;
  private readonly ntp: string;
  private readonly replies = new EventTarget();
  private lastId = 0;

  constructor(client: Client, { productKey, deviceName }: DeviceName, log: Log) {
    this.client = client;
    this.log = log;
    this.thing = `/sys/${productKey}/${deviceName}/thing`;
    this.ntp = `/ext/ntp/${productKey}/${deviceName}`;
  }

  /** Subscribes to what the platform sends, and answers it. */
  async listen(): Promise<void> {
    const replies = await this.client.subscribe(
      [`${this.thing}/event/property/post_reply`, `${this.ntp}/response`],
      { qos: 1 },
      (message) => this.takeReply(message),
    );
    const sets = await this.client.subscribe(`${this.thing}/service/property/set`, { qos: 1 }, (message) =>
      this.takeSet(message),
    );
    for (const { topicFilters, grantedQos } of [replies, sets])
      topicFilters.forEach((topicFilter, i) => {
        this.log(`subscribed to ${topicFilter}, granted QoS ${grantedQos[i]}`);
      });
  }

  /** Reports properties at QoS 1 and waits for the platform's reply. */
  async report(params: Record<string, unknown>): Promise<void> {
    const id = this.nextId();
    const reply = this.replyTo(id);
    const message = { id, version: '1.0', params, method: 'thing.event.property.post' };
    await this.client.publish(`${this.thing}/event/property/post`, JSON.stringify(message), { qos: 1 });
    this.log(`posted ${JSON.stringify(params)} at QoS 1, and it was acknowledged`);
    this.log(`the platform replied ${JSON.stringify(await reply)}`);
  }

  /** Asks the platform for its time. */
  async askTime(): Promise<void> {
    const reply = this.replyTo('ntp');
    await this.client.publish(`${this.ntp}/request`, JSON.stringify({ deviceSendTime: String(Date.now()) }));
    const times = (await reply) as Record<'deviceSendTime' | 'serverRecvTime' | 'serverSendTime', string>;
    const sum = Number(times.serverRecvTime) + Number(times.serverSendTime) + Date.now() - Number(times.deviceSendTime);
    this.log(`the platform's clock says ${new Date(sum / 2).toISOString()}`);
  }

  private takeReply(message: Message): void {
    const body = message.json() as Partial<Envelope>;
    this.replies.dispatchEvent(new CustomEvent(body.id ?? 'ntp', { detail: body }));
  }

  private async takeSet(message: Message): Promise<void> {
    const { id, params } = message.json() as Envelope;
    this.log(`the platform set ${JSON.stringify(params)}`);
    await this.client.publish(`${message.topic}_reply`, JSON.stringify({ id, code: 200, data: {} }), { qos: 1 });
    this.log('the device answered with code 200');
  }

  private async replyTo(id: string): Promise<unknown> {
    const [event] = await once(this.replies, id, { signal: AbortSignal.timeout(20_000) });
    return (event as CustomEvent).detail;
  }

  private nextId(): string {
    this.lastId += 1;
    return String(this.lastId);
  }
}
