import { readFileSync } from 'node:fs';
import { checkTopic } from '../codec/topic.ts';
import type { Client, PublishOptions, QoS } from '../index.node.ts';
import { type Command, command, integerOf, numberOf, refuseAsUsage, UsageError } from './command.ts';
import { CONNECTION_OPTIONS, closingOf, DEVICE_OPTIONS, open } from './connection.ts';
import { SOCKET_OPTIONS } from './socket.ts';
import {
  chunksOfStdin,
  clearProgress,
  interrupted,
  interruption,
  printJson,
  readStdinSoFar,
  showProgress,
  sleep,
  tell,
} from './terminal.ts';
import { TRACE_OPTIONS } from './trace.ts';
import { WILL_OPTIONS } from './will.ts';

/** Messages on their way at a time. */
const WINDOW = 500;
/** Milliseconds between two looks at the progress. */
const PROGRESS_INTERVAL = 100;
/** Milliseconds for the broker to acknowledge what is on its way at an interruption. */
const GRACE = 5_000;
const LF = 0x0a;
const CR = 0x0d;

export const pub: Command = command({
  name: 'pub',
  summary: 'publish messages',
  usage: '[options] TOPIC [MESSAGE]',
  says: 'Publishes a message, and ends when the broker has taken it: with QoS 1 and 2, when it has acknowledged it.',
  options: {
    ...CONNECTION_OPTIONS,
    ...SOCKET_OPTIONS,
    ...WILL_OPTIONS,
    ...DEVICE_OPTIONS,
    ...TRACE_OPTIONS,
    file: { type: 'string', short: 'f', value: 'FILE', says: 'the message is in it' },
    stdin: { type: 'boolean', short: 's', says: 'the message is on standard input' },
    lines: { type: 'boolean', short: 'l', says: 'each line of standard input is a message, byte for byte' },
    qos: { type: 'string', short: 'q', choices: ['0', '1', '2'], default: '0', says: 'quality of service' },
    retain: { type: 'boolean', short: 'r', says: 'the broker keeps it for later subscribers' },
    repeat: { type: 'string', value: 'N', default: '1', says: 'publish everything N times' },
    rate: { type: 'string', value: 'N', says: 'at most N messages a second' },
    json: { type: 'boolean', says: 'print what was done, as JSON' },
  },
  notes: `A line ends with LF or CR LF, which are not part of the message; nothing else in it is changed, whether it is UTF-8
or not. An empty line is an empty message.

The first Ctrl-C ends the reading of standard input: what was read by then is published, at its --rate, and the
client says DISCONNECT. A second one ends the program at once.`,
  examples: [
    'mqtt311 pub --url ws://localhost:8083/mqtt lamp/state on --qos 1 --retain',
    'MQTT_PASSWORD=secret mqtt311 pub --url ws://localhost:8083/mqtt --username lamp lamp/state off',
    'vmstat 1 | mqtt311 pub --url ws://localhost:8083/mqtt host/load --lines',
  ],
  async run(values, positionals) {
    const [topic, message, ...others] = positionals;
    if (topic === undefined || others.length > 0) throw new UsageError('a topic and at most one message, please');
    refuseAsUsage(() => checkTopic(topic));
    const repeat = integerOf('repeat', values.repeat, 1, 1e9)!;
    const rate = numberOf('rate', values.rate, 0.001, 1e6);
    const lost = new AbortController();
    const messages = await messagesOf(message, values, repeat, lost.signal);
    const total = values.lines ? undefined : repeat;
    const options = { qos: Number(values.qos) as QoS, retain: values.retain === true };

    const client = await open(values, false);
    const publishing = new Publishing(client, topic, options, total, lost);
    try {
      await publishing.publishAll(messages, rate);
    } finally {
      await client.close();
    }
    const { done, bytes, seconds, isComplete } = publishing;
    if (values.json) printJson({ topic, ...options, messages: done, bytes, seconds: Number(seconds.toFixed(3)) });
    else if (done !== 1) tell(`${done} messages, ${bytes} bytes, in ${seconds.toFixed(3)} s`);
    return isComplete ? 0 : 1;
  },
});

/** Messages on their way, as many at a time as make sense. */
class Publishing {
  done = 0;
  bytes = 0;
  private begun = 0;
  private failure: Error | undefined;
  private readonly started = performance.now();
  private readonly client: Client;
  private readonly topic: string;
  private readonly options: PublishOptions;
  private readonly total: number | undefined;
  private readonly lost: AbortSignal;

  /** @param lost fires when the connection is lost, so that nobody waits for another message */
  constructor(
    client: Client,
    topic: string,
    options: PublishOptions,
    total: number | undefined,
    lost: AbortController,
  ) {
    this.client = client;
    this.topic = topic;
    this.options = options;
    this.total = total;
    this.lost = lost.signal;
    closingOf(client).catch((error) => {
      this.failure ??= error;
      lost.abort();
    });
  }

  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  get isComplete(): boolean {
    return this.done === (this.total ?? this.begun);
  }

  /** @param rate messages a second, at most */
  async publishAll(messages: Messages, rate = Number.POSITIVE_INFINITY): Promise<void> {
    const progress = setInterval(() => showProgress(this.progress()), PROGRESS_INTERVAL);
    const pending: Promise<void>[] = [];
    const isEndless = this.total === undefined;
    const hurry = isEndless ? this.lost : AbortSignal.any([interrupted, this.lost]);
    try {
      for await (const payload of messages) {
        await sleep((this.begun / rate - this.seconds) * 1000, hurry);
        const isEnough = !isEndless && this.begun > 0 && interrupted.aborted; // Lines that were read are all published.
        if (isEnough || this.failure !== undefined) break;
        pending.push(this.publish(payload));
        if (pending.length === WINDOW) await settled(pending.splice(0));
      }
      await settled(pending);
    } finally {
      clearInterval(progress);
      clearProgress();
    }
    if (this.failure !== undefined) throw this.failure;
  }

  // never rejects: the failure is looked at between two messages
  private async publish(payload: Uint8Array): Promise<void> {
    this.begun += 1;
    this.bytes += payload.length;
    try {
      await this.client.publish(this.topic, payload, this.options);
      this.done += 1;
    } catch (error) {
      this.failure ??= error as Error;
    }
  }

  private progress(): string {
    const speed = `${Math.round(this.done / this.seconds)}/s`;
    if (this.total === undefined) return `${this.done} messages, ${speed}`;
    const share = this.done / this.total;
    const bar = '█'.repeat(Math.round(20 * share)).padEnd(20, '░');
    return `${bar} ${this.done}/${this.total}, ${Math.floor(100 * share)} %, ${speed}`;
  }
}

type Messages = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

async function messagesOf(
  message: string | undefined,
  {
    file,
    stdin,
    lines,
    ...values
  }: { [K in 'stdin' | 'lines' | 'password-stdin']?: boolean | undefined } & {
    file: string | undefined;
  },
  repeat: number,
  lost: AbortSignal,
): Promise<Messages> {
  const sources = [message !== undefined, file !== undefined, stdin, lines].filter(Boolean);
  if (sources.length !== 1) throw new UsageError('one message, please: an argument, --file, --stdin or --lines');
  if ((stdin || lines) && values['password-stdin']) throw new UsageError('standard input has the password already');
  if (lines) {
    if (repeat > 1) throw new UsageError('--lines are read once, and cannot be repeated');
    return linesOf(lost);
  }
  if (file !== undefined)
    return repeated(
      refuseAsUsage(() => new Uint8Array(readFileSync(file))),
      repeat,
    );
  if (!stdin) return repeated(new Uint8Array(Buffer.from(message!)), repeat);
  const payload = await readStdinSoFar();
  if (payload.length === 0) interrupted.throwIfAborted(); // Nobody has given a message, not even an empty one.
  return repeated(payload, repeat);
}

/** The lines of stdin, byte for byte. What follows the last line end is one, too, unless it is empty. */
async function* linesOf(lost: AbortSignal): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array[] = []; // pieces of a line whose end has not come
  for await (const chunk of chunksOfStdin(lost)) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const line = Buffer.concat([...begun, chunk.subarray(start, end)]);
      yield new Uint8Array(line.at(-1) === CR ? line.subarray(0, -1) : line);
      begun = [];
      start = end + 1;
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  }
  if (begun.length > 0) yield new Uint8Array(Buffer.concat(begun));
}

function* repeated(payload: Uint8Array, times: number): Generator<Uint8Array> {
  for (let i = 0; i < times; i++) yield payload;
}

/** Waits for the broker, and only shortly when the user has interrupted. */
async function settled(pending: readonly Promise<void>[]): Promise<void> {
  const patience = () => new Promise((resolve) => setTimeout(resolve, GRACE).unref());
  await Promise.race([Promise.all(pending), interruption.then(patience)]);
}
