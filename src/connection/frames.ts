// The packets of one turn, written into as few WebSocket frames as possible [MQTT-6.0.0-2].
import type { Packet } from '../codec/codec.ts';
import { measure, write } from '../codec/encoder.ts';
import { sizeOf } from '../codec/fixed-header.ts';
import { NOTHING } from '../codec/read.ts';

export class Frames {
  private readonly maxSize: number;
  private full: Uint8Array[] = [];
  private open: Uint8Array = NOTHING; // the last frame: its bytes up to `used` are written
  private used = 0;

  /** @param maxSize bytes of a frame; a larger packet has one of its own */
  constructor(maxSize = 16_384) {
    this.maxSize = maxSize;
  }

  /** Writes a packet behind the others. If that throws, the others are as they were. */
  add(packet: Packet): void {
    const length = measure(packet.type, packet);
    this.makeRoom(sizeOf(length));
    this.used = write(packet.type, packet, length, this.open, this.used);
  }

  /** The frames since this was last called. */
  take(): Uint8Array[] {
    this.close();
    const frames = this.full;
    this.full = [];
    return frames;
  }

  private makeRoom(size: number): void {
    if (this.used > 0 && this.used + size > this.maxSize) this.close();
    const { open, used, maxSize } = this;
    const needed = used + size;
    if (needed <= open.length) return;
    // The first packet gets what it needs, since it often stays alone.
    this.open = new Uint8Array(used === 0 ? needed : Math.min(4 * needed, maxSize));
    this.open.set(open.subarray(0, used));
  }

  private close(): void {
    const { open, used } = this;
    if (used > 0) this.full.push(used === open.length ? open : new Uint8Array(open.subarray(0, used))); // ES5 has no slice()
    this.open = NOTHING;
    this.used = 0;
  }
}
