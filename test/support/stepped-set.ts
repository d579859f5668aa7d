import { vi } from 'vitest';

/** A Set as ECMA-262 has it (24.2): what is deleted leaves an empty entry behind, which every iterator steps over. */
export class SteppedSet<T> extends Set<T> {
  static steps = 0;
  private readonly order: T[] = [];

  constructor(values: Iterable<T> = []) {
    super();
    for (const value of values) this.add(value);
  }

  override add(value: T): this {
    if (!this.has(value)) this.order.push(value);
    return super.add(value);
  }

  override [Symbol.iterator](): SetIterator<T> {
    return this.values();
  }

  override *values(): SetIterator<T> {
    for (const value of this.order) {
      SteppedSet.steps += 1;
      if (this.has(value)) yield value;
    }
  }
}

/** How often Sets are stepped over in `act`, which makes them. */
export function stepsOf(act: () => void): number {
  vi.stubGlobal('Set', SteppedSet);
  SteppedSet.steps = 0;
  act();
  vi.unstubAllGlobals();
  return SteppedSet.steps;
}
