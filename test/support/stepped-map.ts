import { vi } from 'vitest';

/** A Map as ECMA-262 has it (24.1): what is deleted leaves an empty entry behind, which every iterator steps over. */
export class SteppedMap<K, V> extends Map<K, V> {
  static steps = 0;
  private readonly order: K[] = [];

  override set(key: K, value: V): this {
    if (!this.has(key)) this.order.push(key);
    return super.set(key, value);
  }

  override *values(): MapIterator<V> {
    for (const key of this.order) {
      SteppedMap.steps += 1;
      if (this.has(key)) yield this.get(key)!;
    }
  }
}

/** How often Maps are stepped over in `act`, which makes them. */
export function stepsOf(act: () => void): number {
  vi.stubGlobal('Map', SteppedMap);
  SteppedMap.steps = 0;
  act();
  vi.unstubAllGlobals();
  return SteppedMap.steps;
}
