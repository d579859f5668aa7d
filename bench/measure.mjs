// Interleaved rounds: every contender runs a few milliseconds in every round, so that what else the machine does
// meets all of them alike. Medians over the rounds; ratios of medians.
import { isDeepStrictEqual } from 'node:util';

/** Contenders share no compiled loop, or the engine would compile it for all of them at once. */
const fresh = (makeLoop) => new Function(`return ${makeLoop}`)();

function encodeLoop(encode, packets) {
  let i = 0;
  return (count) => {
    let sum = 0;
    for (let n = 0; n < count; n++) {
      sum += encode(packets[i]).length;
      if (++i === packets.length) i = 0;
    }
    return sum;
  };
}

function encodeIntoLoop(encodeInto, packets, target) {
  let i = 0;
  return (count) => {
    let sum = 0;
    for (let n = 0; n < count; n++) {
      sum += encodeInto(packets[i], target, 0);
      if (++i === packets.length) i = 0;
    }
    return sum;
  };
}

function decodeLoop(makeDecoder, chunks) {
  let seen = 0;
  const decode = makeDecoder(() => seen++);
  return (count) => {
    for (let n = 0; n < count; n++) for (let i = 0; i < chunks.length; i++) decode(chunks[i]);
    return seen;
  };
}

/** `run(count)` does `count` steps, each of which encodes or decodes `packetsPerStep` packets. */
function taskOf(contender, { way, packets, chunks, copies }) {
  if (way === 'decode') {
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    const run = fresh(decodeLoop)((each) => contender.decoder(each, size), chunks.map(contender.chunk));
    return { run, packetsPerStep: packets.length * copies };
  }
  const natives = packets.map(contender.native);
  const encodeInto = way === 'encodeInto' && contender.encodeInto;
  const run = encodeInto
    ? fresh(encodeIntoLoop)(encodeInto, natives, new Uint8Array(0x1_0000))
    : fresh(encodeLoop)(contender.stream ?? contender.encode, natives);
  return { run, packetsPerStep: 1 };
}

/** Whether a contender can do this work, and does it right: the same bytes, the same fields. */
export function isCorrect(contender, { way, packets, chunks, copies }, reference) {
  try {
    if (way !== 'decode')
      return packets.every((packet) =>
        isDeepStrictEqual(new Uint8Array(contender.encode(contender.native(packet))), reference.encode(packet)),
      );
    const decoded = [];
    const decode = contender.decoder((native) => decoded.push(contender.packet(native)));
    for (const chunk of chunks) decode(contender.chunk(chunk));
    return isDeepStrictEqual(decoded, Array.from({ length: copies }, () => packets).flat());
  } catch {
    return false;
  }
}

const now = () => Number(process.hrtime.bigint());

function timed({ run }, count) {
  const start = now();
  run(count);
  return now() - start;
}

// as many steps as fill `nanoseconds`, after the engine has seen enough of them to compile them
function stepsIn(task, nanoseconds) {
  let count = 1;
  let elapsed = timed(task, count);
  while (elapsed < nanoseconds) {
    count *= 2;
    elapsed = timed(task, count);
  }
  timed(task, count);
  return Math.max(1, Math.round((count * nanoseconds) / timed(task, count)));
}

/** Long enough for the engine to have compiled what this work runs through. */
export function warmUp(contender, workload) {
  stepsIn(taskOf(contender, workload), 5e6);
}

/** For each contender the quartiles of its nanoseconds per packet, and the bytes it allocates per packet. */
export function measure(contenders, workload, { rounds, milliseconds }) {
  const tasks = contenders.map((contender) => taskOf(contender, workload));
  const counts = tasks.map((task) => stepsIn(task, milliseconds * 1e6));
  // a step that takes many times its share is done in fewer rounds
  const intervals = tasks.map((task) => Math.ceil(timed(task, 1) / (10 * milliseconds * 1e6)));
  const samples = tasks.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < tasks.length; turn++) {
      const i = (turn + round) % tasks.length;
      if (round % intervals[i] > 0) continue;
      samples[i].push(timed(tasks[i], counts[i]) / counts[i] / tasks[i].packetsPerStep);
    }
  }
  return contenders.map(({ name, isLimit }, i) => {
    const [low, median, high] = quartiles(samples[i]);
    return { name, isLimit, low, median, high, allocated: allocatedBy(tasks[i]) };
  });
}

export function quartiles(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((part) => sorted[Math.floor(part * sorted.length)]);
}

// little enough that no collection runs meanwhile
function allocatedBy({ run, packetsPerStep }) {
  const count = Math.ceil(200 / packetsPerStep);
  run(count);
  const [, median] = quartiles(
    Array.from({ length: 9 }, () => {
      gc();
      const before = process.memoryUsage();
      run(count);
      const after = process.memoryUsage();
      return after.heapUsed + after.external - before.heapUsed - before.external;
    }),
  );
  return Math.max(0, Math.round(median / count / packetsPerStep));
}
