import { checkTopicFilter } from '../codec/topic.ts';
import type { Message, QoS } from '../index.node.ts';
import { type Command, command, integerOf, numberOf, refuseAsUsage, UsageError } from './command.ts';
import { CONNECTION_OPTIONS, DEVICE_OPTIONS, open } from './connection.ts';
import { interrupted, print, printJson, printLine, tell } from './terminal.ts';

export const sub: Command = command({
  name: 'sub',
  summary: 'subscribe, and print what comes',
  usage: '[options] TOPIC_FILTER…',
  says: `Subscribes, and prints the payload of every message with a line end behind it, until it is interrupted. Lost
connections are made anew. Exit code 1 says that --timeout was over before --count messages had come.`,
  options: {
    ...CONNECTION_OPTIONS,
    ...DEVICE_OPTIONS,
    qos: { type: 'string', short: 'q', choices: ['0', '1', '2'], default: '0', says: 'maximum quality of service' },
    count: { type: 'string', short: 'n', value: 'N', says: 'end after N messages' },
    timeout: { type: 'string', short: 't', value: 'SECONDS', says: 'end after so long' },
    verbose: { type: 'boolean', short: 'v', says: 'print the topic before the payload' },
    json: { type: 'boolean', says: 'one JSON object a message; a payload that is no text comes as base64' },
  },
  async run(values, topicFilters) {
    if (topicFilters.length === 0) throw new UsageError('subscribe to what? at least one topic filter, please');
    refuseAsUsage(() => topicFilters.forEach(checkTopicFilter));
    const count = integerOf('count', values.count, 1, 1e12) ?? Number.POSITIVE_INFINITY;
    const timeout = numberOf('timeout', values.timeout, 0, 2_000_000);
    const show = values.json ? showJson : (message: Message) => showPlain(message, values.verbose === true);

    await using client = await open(values, {});
    const subscription = await client.subscribe(topicFilters, { qos: Number(values.qos) as QoS });
    const granted = subscription.grantedQos.map((qos, i) => `${topicFilters[i]} with QoS ${qos}`);
    tell(`subscribed to ${granted.join(', ')}`);
    const stop = () => void subscription.unsubscribe();
    const timer = timeout === undefined ? undefined : setTimeout(stop, timeout * 1000);
    interrupted.addEventListener('abort', stop);
    let received = 0;
    for await (const message of subscription) {
      if (interrupted.aborted) break;
      show(message);
      received += 1;
      if (received === count) break;
    }
    clearTimeout(timer);
    if (received < count && count < Number.POSITIVE_INFINITY && !interrupted.aborted) {
      tell(`${received} of ${count} messages came`);
      return 1;
    }
    return 0;
  },
});

function showJson(message: Message): void {
  const { topic, qos, retain, dup, payload } = message;
  const text = textOf(message);
  const content = text === undefined ? { base64: Buffer.from(payload).toString('base64') } : { text };
  printJson({ time: new Date().toISOString(), topic, qos, retain, dup, ...content });
}

function showPlain(message: Message, isVerbose: boolean): void {
  const { topic, payload } = message;
  if (isVerbose) print(`${process.stdout.isTTY ? visible(topic) : topic} `);
  if (!process.stdout.isTTY) {
    print(payload);
    return print('\n');
  }
  printLine(visible(textOf(message) ?? Buffer.from(payload).toString('hex')));
}

function textOf(message: Message): string | undefined {
  try {
    return message.text();
  } catch {
    return undefined;
  }
}

/** What comes from elsewhere must not move a terminal's cursor, or worse. */
function visible(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
