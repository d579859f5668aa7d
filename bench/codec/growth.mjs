// Time against size: a straight line, or something is wrong.
import { measure } from '../measure.mjs';
import { bytes, message, perChunk } from './workloads.mjs';

/** Nanoseconds for one PUBLISH by the size of its payload, and for one chunk by its number of PUBLISHes. */
export function growth(us, peer) {
  const effort = { rounds: 31, milliseconds: 4 };
  const contenders = [us, peer];

  const byPayload = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    .map((kibibytes) => kibibytes * 1024)
    .map((size) => {
      const packets = [{ ...message(0), payload: bytes(size) }];
      const encoded = measure(contenders, { way: 'encode', packets }, effort);
      const chunks = perChunk(1)(packets);
      const decoded = measure(contenders, { way: 'decode', packets, copies: 1, chunks }, effort);
      return { x: size, values: [...encoded, ...decoded].map(({ median }) => median) };
    });

  const byPackets = [1, 10, 100, 1_000, 2_000, 4_000, 6_000, 8_000, 10_000].map((count) => {
    const packets = Array.from({ length: count }, (_, i) => message(i % 100));
    const chunks = perChunk(count)(packets);
    const decoded = measure(contenders, { way: 'decode', packets, copies: 1, chunks }, effort);
    return { x: count, values: decoded.map(({ median }) => median * count) };
  });
  return { byPayload, byPackets };
}
