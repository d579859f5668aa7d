/** Numbers that look like chance, and are the same for the same seed: mulberry32. */
export class Random {
  private state: number;

  /** @param salt tells apart what must not disturb each other: the same seed, other numbers */
  constructor(seed: number, salt = 0) {
    this.state = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(salt + 1, 0x85eb_ca6b)) >>> 0;
    this.float(); // neighbouring seeds part
  }

  /** 0 to 1, 1 excluded. */
  float(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  below(end: number): number {
    return Math.floor(this.float() * end);
  }

  /** Both ends included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** From 1 to `most`, small ones as often as large ones. */
  magnitude(most: number): number {
    return Math.floor(most ** this.float());
  }
}
