// Fresh memory for what is encoded.

export function sharedRoom(size: number): Uint8Array {
  return new Uint8Array(size);
}
