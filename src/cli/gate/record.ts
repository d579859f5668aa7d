import type { ISubscription } from 'mqtt-packet';
import type { Device, DeviceStats } from './gate.ts';
import type { Rules } from './rule.ts';
import { usernameOf } from './verifier.ts';

export const REFUSED = 0x80; // the SUBACK code

/** Where a device's topics begin, before `/{productKey}/{deviceName}/`. */
const PREFIXES = ['', '/sys', '/ext/ntp'];

/** The door a device has come in by. */
export interface OpenDoor {
  close(code: number, reason: string): void;
  cut(reason: string): void;
}

/** A device as the platform keeps it: its label, its session, and what its limits have counted so far. */
export class DeviceRecord implements Device {
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceSecret: string;
  readonly username: string;
  door: OpenDoor | undefined; // undefined: offline
  readonly counts: { -readonly [K in Exclude<keyof DeviceStats, 'online'>]: DeviceStats[K] } = {
    connects: 0,
    refusals: 0,
    packets: 0,
    pings: 0,
    published: 0,
    dropped: 0,
  };

  private readonly rules: Rules;
  private readonly filters = new Set<string>();
  private readonly unacknowledged = new Set<number>(); // packet ids of messages sent to the device
  private persistent = false;
  private readonly connectRate: Rate;
  private readonly messageRates: readonly Rate[]; // by QoS

  constructor(device: Device, rules: Rules) {
    this.productKey = device.productKey;
    this.deviceName = device.deviceName;
    this.deviceSecret = device.deviceSecret;
    this.username = usernameOf(device);
    this.rules = rules;
    this.connectRate = new Rate(rules.connectsPerMinute, 60_000);
    this.messageRates = [new Rate(rules.qos0PerSecond, 1_000), new Rate(rules.qos1PerSecond, 1_000)];
  }

  /** Whether an earlier session goes on. */
  beginSession(cleanSession: boolean): boolean {
    const sessionPresent = !cleanSession && this.persistent;
    this.persistent = !cleanSession;
    if (sessionPresent) return true;
    this.filters.clear();
    this.unacknowledged.clear();
    return false;
  }

  describe(): DeviceStats {
    return { online: this.door !== undefined, ...this.counts };
  }

  admitsConnect(): boolean {
    return this.connectRate.admits(this.rules.now());
  }

  admitsMessage(qos: number): boolean {
    return this.messageRates[qos]?.admits(this.rules.now()) ?? true;
  }

  /** Whether a message to this topic, or a subscription with this filter, is the device's to make. */
  mayUse(topic: string): boolean {
    if (Buffer.byteLength(topic) > this.rules.maxTopicBytes) return false;
    if (topic.split('/').length - 1 > this.rules.maxTopicSlashes) return false;
    return PREFIXES.some((prefix) => topic.startsWith(`${prefix}/${this.productKey}/${this.deviceName}/`));
  }

  /** The SUBACK code for one of the filters of a SUBSCRIBE, which stands at this index in it. */
  grant({ topic, qos }: ISubscription, index: number): number {
    if (index >= this.rules.maxFilters || !this.mayUse(topic)) return REFUSED;
    const isNew = !this.filters.has(topic);
    if (isNew && this.filters.size >= this.rules.maxSubscriptions) return REFUSED;
    this.filters.add(topic);
    return this.rules.qos2 === 'accept' ? qos : Math.min(qos, 1);
  }

  release(topicFilter: string): void {
    this.filters.delete(topicFilter);
  }

  /** Whether a message under this packet id went to the device before and is now sent again. */
  isSentAgain(packetId: number): boolean {
    const isKnown = this.unacknowledged.has(packetId);
    this.unacknowledged.add(packetId);
    return isKnown;
  }

  acknowledge(packetId: number): void {
    this.unacknowledged.delete(packetId);
  }
}

/** At most so many events in any window of so many milliseconds. */
class Rate {
  private readonly limit: number;
  private readonly window: number;
  private times: number[] = [];

  constructor(limit: number, window: number) {
    this.limit = limit;
    this.window = window;
  }

  admits(now: number): boolean {
    if (this.limit === Number.POSITIVE_INFINITY) return true;
    this.times = this.times.filter((time) => now - time < this.window);
    if (this.times.length >= this.limit) return false;
    this.times.push(now);
    return true;
  }
}
