import { decodeRemainingLength } from './2-decode-length.mjs';

export function createDecoder() {
  let rest = new Uint8Array(0);

  function push(chunk) {
    const all = new Uint8Array(rest.length + chunk.length);
    all.set(rest);
    all.set(chunk, rest.length);
    const packets = [];
    let start = 0;
    for (;;) {
      const header = decodeRemainingLength(all, start + 1);
      const end = header === undefined ? Number.POSITIVE_INFINITY : header.next + header.length;
      if (end > all.length) break;
      packets.push(all.slice(start, end));
      start = end;
    }
    rest = all.slice(start);
    return packets;
  }

  return { push };
}
