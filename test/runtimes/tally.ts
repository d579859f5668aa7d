// What a run has seen, counted and hashed, so that runs in different engines can be compared by one line.

export interface Part {
  readonly checks: number;
  /** FNV-1a of every observation, in order: 8 hexadecimal digits. */
  readonly hash: string;
}

export class Tally {
  checks = 0;
  private state = 0x811c9dc5;
  readonly failures: string[] = [];

  /** One observation, the same in every engine; with `expected`, it is also right or wrong. */
  note(what: string, actual: string | number | boolean, expected?: string | number | boolean): void {
    this.checks += 1;
    this.add(`${what}: ${actual}\n`);
    if (expected !== undefined && actual !== expected) this.failures.push(`${what}: ${actual}, not ${expected}`);
  }

  get part(): Part {
    return { checks: this.checks, hash: (0x1_0000_0000 + this.state).toString(16).slice(1) };
  }

  private add(text: string): void {
    let hash = this.state;
    for (let i = 0; i < text.length; i++) {
      hash ^= text.charCodeAt(i);
      // times the prime 0x01000193, in additions that stay exact without Math.imul
      hash = (hash + (hash << 1) + (hash << 4) + (hash << 7) + (hash << 8) + (hash << 24)) >>> 0;
    }
    this.state = hash;
  }
}

/** Numbers that look like chance and are the same in every engine: Lehmer's generator. */
export class Chance {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** 0 to `end`, which is excluded. */
  below(end: number): number {
    this.state = (this.state * 48_271) % 0x7fff_ffff;
    return this.state % end;
  }
}
