/**
 * First in, first out, and any entry can leave earlier by its key. Every operation takes amortized O(1) time. Without
 * entries it holds nothing, so that an idle session stays small.
 */
export class Queue<K, T> {
  private entries: Map<K, T> | undefined = undefined;
  /** Visits each entry once. A new iterator each time would step over every entry that was deleted before. */
  private iterator: Iterator<T, undefined> | undefined = undefined;
  private head: T | undefined = undefined;

  get size(): number {
    return this.entries?.size ?? 0;
  }

  get values(): T[] {
    return this.entries ? Array.from(this.entries.values()) : [];
  }

  /** The oldest entry. */
  get first(): T | undefined {
    this.iterator ??= this.entries?.values();
    this.head ??= this.iterator?.next().value;
    return this.head;
  }

  get(key: K): T | undefined {
    return this.entries?.get(key);
  }

  set(key: K, entry: T): void {
    this.entries ??= new Map();
    this.entries.set(key, entry);
  }

  /** Returns false if there is no such entry. */
  delete(key: K): boolean {
    const entry = this.get(key);
    if (this.head === entry) this.head = undefined;
    this.entries?.delete(key);
    if (this.size === 0) this.clear();
    return entry !== undefined;
  }

  clear(): void {
    this.entries = this.iterator = this.head = undefined;
  }
}
