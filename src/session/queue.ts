/**
 * First in, first out, and any entry can leave earlier by its key. Every operation takes amortized O(1) time. Without
 * entries it holds nothing, so that an idle session stays small.
 */
export class Queue<K, T> {
  private entries: Map<K, T> | undefined = undefined;
  /**
   * The iterator visits each entry once. A new one each time would step over every entry that was deleted before. It is an
   * object of its own, because a field of each of the many queues without entries would take memory.
   */
  private cursor: { readonly iterator: Iterator<T, undefined>; head: T | undefined } | undefined = undefined;

  get size(): number {
    return this.entries?.size ?? 0;
  }

  get values(): T[] {
    return this.entries ? Array.from(this.entries.values()) : [];
  }

  /** The oldest entry. */
  get first(): T | undefined {
    if (!this.entries) return undefined;
    this.cursor ??= { iterator: this.entries.values(), head: undefined };
    this.cursor.head ??= this.cursor.iterator.next().value;
    return this.cursor.head;
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
    if (entry === undefined) return false;
    if (this.cursor?.head === entry) this.cursor.head = undefined;
    this.entries!.delete(key);
    if (this.size === 0) this.clear();
    return true;
  }

  clear(): void {
    this.entries = this.cursor = undefined;
  }
}
