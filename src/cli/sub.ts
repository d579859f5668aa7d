import { checkTopicFilter } from '../codec/topic.ts';
import { visible } from '../explain/visible.ts';
import type { Message, QoS } from '../index.node.ts';
import { type Command, command, integerOf, numberOf, refuseAsUsage, UsageError } from './command.ts';
import { CONNECTION_OPTIONS, closingOf, DEVICE_OPTIONS, open } from './connection.ts';
import { SOCKET_OPTIONS } from './socket.ts';
import { hasTaken, interrupted, interruption, print, printJson, printLine, taken, tell } from './terminal.ts';
import { TRACE_OPTIONS } from './trace.ts';
import { WILL_OPTIONS } from './will.ts';

export const sub: Command = command({
  name: 'sub',
  summary: 'subscribe, and print what comes',
  usage: '[options] TOPIC_FILTER…',
  says: `Subscribes, and prints the payload of every message with a line end behind it, until it is interrupted. It makes
lost connections again. With --no-clean the broker keeps the subscription for the next time. Exit code 1 says that
--timeout was over before --count messages had come. With QoS 1 and 2 a message is acknowledged when standard output
has taken it: not when the disk is full.`,
  options: {
    ...CONNECTION_OPTIONS,
    ...SOCKET_OPTIONS,
    ...WILL_OPTIONS,
    ...DEVICE_OPTIONS,
    ...TRACE_OPTIONS,
    qos: { type: 'string', short: 'q', choices: ['0', '1', '2'], default: '0', says: 'maximum quality of service' },
    count: { type: 'string', short: 'n', value: 'N', says: 'end after N messages' },
    timeout: { type: 'string', short: 't', value: 'SECONDS', says: 'end after this time' },
    verbose: { type: 'boolean', short: 'v', says: 'print the topic before the payload' },
    json: { type: 'boolean', says: 'one JSON object a message; a payload that is no text comes as base64' },
  },
  examples: [
    "mqtt311 sub --url ws://localhost:8083/mqtt 'lamp/#' --verbose",
    'mqtt311 sub --url ws://localhost:8083/mqtt room/+/temperature --json --count 10 --timeout 60',
    'mqtt311 sub --url ws://localhost:8083/mqtt lamp/state --qos 1 --no-clean --client-id logger >>lamp.log',
  ],
  async run(values, topicFilters) {
    if (topicFilters.length === 0) throw new UsageError('subscribe to what? at least one topic filter, please');
    refuseAsUsage(() => topicFilters.forEach(checkTopicFilter));
    const count = integerOf('count', values.count, 1, 1e12) ?? Number.POSITIVE_INFINITY;
    const timeout = numberOf('timeout', values.timeout, 0, 2_000_000);
    const show = values.json ? showJson : (message: Message) => showPlain(message, values.verbose === true);

    await using client = await open(values, {});
    let received = 0;
    let end = () => {};
    const enough = new Promise<void>((resolve) => {
      end = resolve;
    });
    const take = (message: Message) => {
      if (received === count) return NEVER; // It is not printed, and not acknowledged.
      show(message); // At once, so that nothing that has come waits when the end comes.
      const shown = () => {
        received += 1;
        if (received === count) end();
      };
      if (message.qos > 0 && hasTaken() === undefined) return taken().then(shown);
      if (hasTaken() === false) return NEVER; // Nobody has it: it comes again, unless the session is clean.
      return shown();
    };
    const options = { qos: Number(values.qos) as QoS, signal: interrupted };
    const { grantedQos } = await client.subscribe(topicFilters, options, take);
    tell(`subscribed to ${topicFilters.map((filter, i) => `${filter} with QoS ${grantedQos[i]}`).join(', ')}`);
    const timer = timeout === undefined ? undefined : setTimeout(end, timeout * 1000);
    await Promise.race([enough, interruption, closingOf(client)]);
    clearTimeout(timer);
    await client.close({ drain: 0 }); // what is not shown is not waited for
    if (received < count && count < Number.POSITIVE_INFINITY && !interrupted.aborted) {
      tell(`${received} of ${count} messages came`);
      return 1;
    }
    return 0;
  },
});

/** A message whose handler never ends is not acknowledged. */
const NEVER = new Promise<void>(() => {});

function showJson(message: Message): void {
  const { topic, qos, retain, dup, payload } = message;
  const text = textOf(message);
  const content = text === undefined ? { base64: Buffer.from(payload).toString('base64') } : { text };
  printJson({ time: new Date().toISOString(), topic, qos, retain, dup, ...content });
}

function showPlain(message: Message, isVerbose: boolean): void {
  const { topic, payload } = message;
  if (isVerbose) print(`${visible(topic)} `);
  if (!process.stdout.isTTY) {
    print(payload);
    return print('\n');
  }
  const text = textOf(message) ?? Buffer.from(payload).toString('hex');
  printLine(text.replace(/[^\n\t]+/g, visible));
}

function textOf(message: Message): string | undefined {
  try {
    return message.text();
  } catch {
    return undefined;
  }
}
