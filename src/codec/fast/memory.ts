// Memory for packets, and what the engine would take long to tell about a chunk.

/** Bytes that several packets share, and the sizes of packets that do so. */
const SLAB_SIZE = 0x4000;
const LARGEST = 0x400;
/** V8 allocates up to 64 bytes in its own heap, which is fast. */
const SMALLEST = 65;

let slab: ArrayBuffer | undefined;
let used = 0;

/**
 * Zeroed memory of `size` bytes that is never handed out again, so that it is safe with a socket that does not copy.
 *
 * Allocating a buffer takes several times as long as encoding a PUBLISH of a hundred bytes into it, so such packets
 * share slabs. Packets with secrets must not: a slab goes wherever one of its packets goes.
 */
export function allocate(size: number, isShared: boolean): Uint8Array {
  if (!isShared || size < SMALLEST || size > LARGEST) return new Uint8Array(size);
  // A slab that was transferred has no bytes left.
  if (slab === undefined || used + size > slab.byteLength) {
    slab = new ArrayBuffer(SLAB_SIZE);
    used = 0;
  }
  const start = used;
  used += size;
  return new Uint8Array(slab, start, size);
}

/** Looked up once: finding it takes half as long as a short copy. */
const set: Uint8Array['set'] = /* @__PURE__ */ (() => Uint8Array.prototype.set)();

export function copyBytes(bytes: Uint8Array, target: Uint8Array, offset: number): void {
  set.call(target, bytes, offset);
}

/** The first test takes a fraction of the second, which knows also the arrays of another realm. */
export function isBytes(value: Uint8Array): boolean {
  return value instanceof Uint8Array || (value as Uint8Array)?.BYTES_PER_ELEMENT === 1;
}

// The getters of a chunk take longer than all else that is done with a packet in it.
let known: Uint8Array | undefined;
let buffer: ArrayBufferLike | undefined;
let byteOffset = 0;
let dataView: DataView | undefined;

/** In bytes: a chunk of this size holds a few packets, and a DataView of it saves more time than it costs. */
const DATA_VIEW_PAYS = 512;

/** The decoder goes on to another chunk. */
export function openChunk(chunk: Uint8Array): void {
  if (chunk === known) return;
  known = chunk;
  buffer = dataView = undefined;
  if (chunk.length < DATA_VIEW_PAYS || typeof DataView !== 'function') return;
  readGetters(chunk);
  dataView = new DataView(buffer!, byteOffset, chunk.length);
}

function readGetters(chunk: Uint8Array): void {
  buffer = chunk.buffer;
  byteOffset = chunk.byteOffset;
}

/** A view of a part of the open chunk. It is not made by subarray(), since that of a Buffer is a Buffer, too. */
export function viewOf(chunk: Uint8Array, start: number, length: number): Uint8Array {
  if (buffer === undefined) readGetters(chunk);
  return new Uint8Array(buffer!, byteOffset + start, length);
}

/** Four bytes of the open chunk as a number. */
export function wordAt(chunk: Uint8Array, i: number): number {
  if (dataView !== undefined) return dataView.getInt32(i);
  return (chunk[i]! << 24) | (chunk[i + 1]! << 16) | (chunk[i + 2]! << 8) | chunk[i + 3]!;
}
