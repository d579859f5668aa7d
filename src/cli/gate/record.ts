import type { Device, DeviceStats } from './gate.ts';
import type { Rules } from './rule.ts';
import { usernameOf } from './verifier.ts';

/** Where a device's topics begin, before `/{productKey}/{deviceName}/`. */
const PREFIXES = ['', '/sys', '/ext/ntp'];

/** The connection of a device that is online. */
export interface OpenConnection {
  close(code: number, reason: string): void;
  cut(reason: string): void;
  failed(error: Error): void;
}

/** A device as the platform keeps it: its label, its connection, and what its limits have counted so far. */
export class DeviceRecord implements Device {
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceSecret: string;
  readonly username: string;
  connection: OpenConnection | undefined; // undefined: offline
  readonly counts: { -readonly [K in Exclude<keyof DeviceStats, 'online'>]: DeviceStats[K] } = {
    connects: 0,
    refusals: 0,
    packets: 0,
    pings: 0,
    published: 0,
    dropped: 0,
  };

  private readonly rules: Rules;
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

  describe(): DeviceStats {
    return { online: this.connection !== undefined, ...this.counts };
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
}

/** At most `limit` events in any window of this many milliseconds. */
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
