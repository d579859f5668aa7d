// The client on a real socket: what it must do over every platform's WebSocket, against the broker of broker.ts.
import type { Client, ConnectOptions, Message } from '../../src/client/client.ts';
import { platformClock } from '../../src/client/clock.ts';
import type { Clock } from '../../src/connection/clock.ts';

/** Any entry point's `connect`. */
export type Connect = (url: string, options: ConnectOptions) => Promise<Client>;

export type Steps = Record<'round trips' | 'reconnect' | 'half-open', string>;

const OPTIONS = { reconnect: { minDelay: 10, maxDelay: 100 } } satisfies ConnectOptions;

/** Milliseconds for each step. */
const PATIENCE = 15_000;

/** Each step's outcome: `ok`, or what went wrong. `id` keeps the clients of one run apart from those of others. */
export async function talk(connect: Connect, url: string, id: string, options: ConnectOptions = {}): Promise<Steps> {
  const all = { ...OPTIONS, ...options };
  const { clock = platformClock } = options;
  return {
    'round trips': await outcome(clock, () => roundTrips(connect, url, { ...all, clientId: `${id}-a` })),
    reconnect: await outcome(clock, () => reconnect(connect, url, { ...all, clientId: `${id}-b` })),
    'half-open': await outcome(clock, () => halfOpen(connect, url, { ...all, clientId: `${id}-c`, keepAlive: 1 })),
  };
}

function outcome(clock: Clock, act: () => Promise<void>): Promise<string> {
  return new Promise((resolve) => {
    const settle = (result: string) => {
      clock.clearTimeout(timer);
      resolve(result);
    };
    const timer = clock.setTimeout(() => resolve(`nothing within ${PATIENCE} ms`), PATIENCE);
    act().then(
      () => settle('ok'),
      (error) => settle(`${error}`),
    );
  });
}

/** Text and bytes, there and back with each QoS, and more than fits into one read of a socket. */
async function roundTrips(connect: Connect, url: string, options: ConnectOptions): Promise<void> {
  const client = await connect(url, options);
  const inbox = new Inbox(await subscribeTo(client, options));
  for (const qos of [0, 1, 2] as const) {
    await client.publish(`${options.clientId}/温度`, `${qos}: 21.5 °C`, { qos });
    const message = await inbox.next();
    if (message.text() !== `${qos}: 21.5 °C` || message.qos !== qos) throw new Error(`came back as ${message.text()}`);
  }
  const large = new Uint8Array(300_000);
  for (let i = 0; i < large.length; i++) large[i] = i % 251;
  await client.publish(`${options.clientId}/large`, large, { qos: 1 });
  const { payload } = await inbox.next();
  if (payload.length !== large.length) throw new Error(`${payload.length} bytes came back`);
  for (let i = 0; i < large.length; i++) if (payload[i] !== large[i]) throw new Error(`byte ${i} came back wrong`);
  await client.close();
  if (client.state !== 'closed') throw new Error(`closed, and yet ${client.state}`);
}

/** The broker cuts the connection: the client comes back, and its subscription with it. */
async function reconnect(connect: Connect, url: string, options: ConnectOptions): Promise<void> {
  const client = await connect(url, options);
  const inbox = new Inbox(await subscribeTo(client, options));
  const back = online(client);
  await client.publish('control/cut', '');
  await client.publish(`${options.clientId}/sent`, 'while the connection ends', { qos: 1 });
  await back;
  await client.publish(`${options.clientId}/sent`, 'after it came back', { qos: 2 });
  while ((await inbox.next()).text() !== 'after it came back');
  await client.close();
}

/** The broker falls silent without a word: the keep-alive notices, and the client comes back. */
async function halfOpen(connect: Connect, url: string, options: ConnectOptions): Promise<void> {
  const client = await connect(url, options);
  const reasons: string[] = [];
  client.on('state', (_, cause) => void reasons.push(`${(cause as { reason?: string } | undefined)?.reason}`));
  const back = online(client);
  await client.publish('control/freeze', '');
  await back;
  if (!reasons.includes('keep-alive-timeout')) throw new Error(`the client came back after ${reasons}`);
  await client.publish(`${options.clientId}/sent`, 'alive', { qos: 1 });
  await client.close();
}

const subscribeTo = (client: Client, { clientId }: ConnectOptions) => client.subscribe(`${clientId}/#`, { qos: 2 });

const online = (client: Client) =>
  new Promise<void>((resolve) => client.on('state', (state) => state === 'online' && resolve()));

/** Messages, asked for one by one. */
class Inbox {
  private readonly messages: AsyncIterator<Message>;

  constructor(subscription: AsyncIterable<Message>) {
    this.messages = subscription[Symbol.asyncIterator]();
  }

  async next(): Promise<Message> {
    return (await this.messages.next()).value;
  }
}
