import { PacketType } from '../codec/codec.ts';
import type { Client } from '../index.node.ts';
import { type Command, command, integerOf, numberOf } from './command.ts';
import { CONNECTION_OPTIONS, DEVICE_OPTIONS, open } from './connection.ts';
import { SOCKET_OPTIONS } from './socket.ts';
import { interrupted, printJson, printLine, sleep } from './terminal.ts';
import { WILL_OPTIONS } from './will.ts';

export const ping: Command = command({
  name: 'ping',
  summary: 'measure round trips with PINGREQ and PINGRESP',
  usage: '[options]',
  says: `Measures the time from a PINGREQ to its PINGRESP, once a second until it is interrupted, and sums up what it has
seen. Exit code 1 says that no answer came at all.`,
  options: {
    ...CONNECTION_OPTIONS,
    ...SOCKET_OPTIONS,
    ...WILL_OPTIONS,
    ...DEVICE_OPTIONS,
    count: { type: 'string', short: 'n', value: 'N', says: 'end after N pings' },
    interval: { type: 'string', value: 'SECONDS', default: '1', says: 'from one ping to the next' },
    timeout: { type: 'string', short: 't', value: 'SECONDS', default: '5', says: 'then an answer counts as lost' },
    json: { type: 'boolean', says: 'one JSON object a ping, and one for all' },
  },
  examples: [
    'mqtt311 ping --url ws://localhost:8083/mqtt --count 5',
    'DEVICE_SECRET=secret mqtt311 ping --aliyun --product-key a1b2c3 --device-name lamp --region cn-shanghai',
  ],
  async run(values) {
    const count = integerOf('count', values.count, 1, 1e12) ?? Number.POSITIVE_INFINITY;
    const interval = numberOf('interval', values.interval, 0, 86_400)! * 1000;
    const timeout = numberOf('timeout', values.timeout, 0.001, 86_400)! * 1000;
    const times: number[] = [];
    let sent = 0;

    await using client = await open(values, {});
    const ask = asker(client);
    const started = performance.now();
    while (sent < count && !interrupted.aborted) {
      const begun = performance.now();
      const time = await ask(timeout);
      if (time === undefined && interrupted.aborted) break; // nobody waited for it
      sent += 1;
      showOne(sent, time, values.json === true);
      if (time !== undefined) times.push(time);
      if (sent < count) await sleep(begun + interval - performance.now(), interrupted);
    }
    const summary = summaryOf(sent, times, performance.now() - started);
    if (values.json) printJson(summary);
    else showSummary(summary, times);
    return times.length > 0 ? 0 : 1;
  },
});

/** Returns the way to ask: milliseconds until the answer, or undefined when none came in time. */
function asker(client: Client): (timeout: number) => Promise<number | undefined> {
  let asked: { at: number; answered: (time: number) => void }[] = []; // answers come in the order of the questions
  let waiting: ((time: number) => void) | undefined; // for the next PINGREQ to leave: the keep-alive asks too
  client.on('packet', (_direction, { type }) => {
    if (type === PacketType.PINGREQ) {
      asked.push({ at: performance.now(), answered: waiting ?? (() => {}) });
      waiting = undefined;
    }
    if (type !== PacketType.PINGRESP) return;
    const question = asked.shift();
    question?.answered(performance.now() - question.at);
  });
  client.on('state', () => {
    asked = [];
  });
  return (timeout) =>
    new Promise((resolve) => {
      const end = (time: number | undefined) => {
        clearTimeout(timer);
        interrupted.removeEventListener('abort', giveUp);
        resolve(time);
      };
      const giveUp = () => end(undefined);
      const timer = setTimeout(giveUp, timeout);
      interrupted.addEventListener('abort', giveUp);
      waiting = end;
      if (client.state === 'online') client.wake();
    });
}

interface Summary {
  readonly sent: number;
  readonly received: number;
  readonly lossPercent: number;
  readonly seconds: number;
  /** Milliseconds, where an answer came; `mdev` is their standard deviation. */
  readonly min?: number;
  readonly avg?: number;
  readonly max?: number;
  readonly mdev?: number;
}

function summaryOf(sent: number, times: readonly number[], milliseconds: number): Summary {
  const received = times.length;
  const lossPercent = sent === 0 ? 0 : (100 * (sent - received)) / sent;
  const counts = { sent, received, lossPercent: rounded(lossPercent, 1), seconds: rounded(milliseconds / 1000, 3) };
  if (received === 0) return counts;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / received;
  const avg = mean(times);
  const mdev = Math.sqrt(mean(times.map((time) => (time - avg) ** 2)));
  const [min, max] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  return { ...counts, min: rounded(min), avg: rounded(avg), max: rounded(max), mdev: rounded(mdev) };
}

function showOne(number: number, time: number | undefined, isJson: boolean): void {
  if (isJson) printJson({ number, time: time === undefined ? null : rounded(time) });
  else printLine(time === undefined ? `${number}  no PINGRESP` : `${number}  PINGRESP after ${time.toFixed(3)} ms`);
}

function showSummary({ sent, received, lossPercent, seconds, ...times }: Summary, all: readonly number[]): void {
  printLine(`${sent} sent, ${received} received, ${lossPercent} % lost, in ${seconds} s`);
  if (received === 0) return;
  const { min, avg, max, mdev } = times;
  printLine(`min ${min}, avg ${avg}, max ${max}, mdev ${mdev} ms`);
  for (const line of histogramOf(all)) printLine(line);
}

const BARS = 6;
const LONGEST_BAR = 40;

/** How many times lie in each of six equal steps, as bars. */
function histogramOf(times: readonly number[]): string[] {
  const [min, max] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  const step = (max - min) / BARS;
  if (step === 0) return [];
  const counts = new Array<number>(BARS).fill(0);
  for (const time of times) counts[Math.min(Math.floor((time - min) / step), BARS - 1)]! += 1;
  const most = Math.max(...counts);
  const limits = counts.map((_, i) => [min + i * step, min + (i + 1) * step].map((limit) => limit.toFixed(3)));
  const width = Math.max(...limits.flat().map(({ length }) => length));
  return counts.map((count, i) => {
    const [from, to] = limits[i]!.map((limit) => limit.padStart(width));
    const bar = '█'.repeat(Math.ceil((LONGEST_BAR * count) / Math.max(most, LONGEST_BAR)));
    return `${from} to ${to} ms  ${bar}${bar === '' ? '' : ' '}${count}`;
  });
}

function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
