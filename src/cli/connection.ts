// The connection of pub, sub and ping: the options they share.
import { aliyun, type SignMethod } from '../aliyun/aliyun.ts';
import { type Client, type ConnectOptions, connect, createClient } from '../index.node.ts';
import { integerOf, refuseAsUsage, UsageError, type Values } from './command.ts';
import { type SOCKET_OPTIONS, webSocketOptionsOf } from './socket.ts';
import { interrupted, readSecret, readSecretFromStdin, tell } from './terminal.ts';
import { type TRACE_OPTIONS, trace } from './trace.ts';
import { originOf, type Target, targetsOf } from './url.ts';
import { type WILL_OPTIONS, willOf } from './will.ts';

/** Who a device of Alibaba Cloud IoT Platform is, and where it signs in. */
export const DEVICE_OPTIONS = {
  'product-key': { type: 'string', value: 'KEY', says: 'of the device' },
  'device-name': { type: 'string', value: 'NAME', says: 'of the device' },
  region: { type: 'string', value: 'REGION', says: 'of the public instance, such as cn-shanghai' },
  instance: { type: 'string', value: 'ID', says: 'of an enterprise instance, in place of a region' },
  host: { type: 'string', value: 'HOST[:PORT]', says: 'anything else, in place of both' },
  'sign-method': {
    type: 'string',
    choices: ['hmacmd5', 'hmacsha1', 'hmacsha256'],
    default: 'hmacsha256',
    says: 'how it signs',
  },
  tls: { type: 'boolean', default: true, says: 'ws in place of wss' },
} as const;

/** Together with {@link DEVICE_OPTIONS}, {@link SOCKET_OPTIONS} and {@link WILL_OPTIONS}. */
export const CONNECTION_OPTIONS = {
  url: {
    type: 'string',
    short: 'u',
    multiple: true,
    value: 'URL',
    says: 'of the broker, ws:// or wss://; repeatable: each attempt takes the next one',
  },
  'client-id': { type: 'string', short: 'i', value: 'ID', says: 'default: the broker chooses one' },
  username: { type: 'string', value: 'NAME', says: 'its password is in MQTT_PASSWORD, if there is one' },
  'password-stdin': { type: 'boolean', says: 'the password is on standard input' },
  'keep-alive': { type: 'string', short: 'k', value: 'SECONDS', says: 'default 60, and 300 with --aliyun' },
  clean: { type: 'boolean', default: true, says: 'the broker keeps the session' },
  aliyun: { type: 'boolean', says: 'sign in as a device; its secret is in DEVICE_SECRET or on standard input' },
} as const;

type DeviceValues = Values<typeof DEVICE_OPTIONS>;
type ConnectionValues = Values<typeof CONNECTION_OPTIONS> &
  DeviceValues &
  Values<typeof SOCKET_OPTIONS> &
  Values<typeof WILL_OPTIONS> &
  Partial<Values<typeof TRACE_OPTIONS>>;

/** The device that the options describe, without its secret. */
export function deviceOf(values: DeviceValues): { productKey: string; deviceName: string; signMethod: SignMethod } {
  const { 'product-key': productKey, 'device-name': deviceName, 'sign-method': signMethod } = values;
  if (productKey === undefined || deviceName === undefined)
    throw new UsageError('a device needs --product-key and --device-name');
  return { productKey, deviceName, signMethod: signMethod as SignMethod };
}

/** Where the device signs in, or undefined where no option says it. */
export function endpointOf({ region, instance, host }: DeviceValues): { host: string } | undefined {
  const given = { region, instanceId: instance, host };
  return Object.values(given).some((value) => value !== undefined) ? (given as { host: string }) : undefined;
}

/** Connects. What happens to the connection later is told on stderr. */
export async function open(values: ConnectionValues, reconnect: ConnectOptions['reconnect']): Promise<Client> {
  const webSocketOptions = webSocketOptionsOf(values);
  const will = willOf(values);
  const { targets, ...options } = values.aliyun ? await deviceOptions(values) : await brokerOptions(values);
  const isSecure = targets.some(({ url }) => /^wss:/i.test(url));
  if (values.cert !== undefined && !isSecure)
    throw new UsageError('--cert is for wss://, and there is none to connect to');
  if (values.insecure && isSecure) tell("--insecure: the server's certificate is not checked; anybody may pass for it");
  const signal = interrupted.aborted ? undefined : interrupted; // What was read before it is published nevertheless.
  const begin = values.trace ? connectTraced : connect;
  const client = await connectToOneOf(targets, { ...options, reconnect, webSocketOptions, will, signal }, begin);
  client.on('state', (state, cause) => {
    if (state === 'waiting') tell(`${cause?.message}; trying again`);
    if (state === 'online') tell('connected again');
  });
  client.on('error', (error) => {
    if (client.state === 'online') tell(error.message);
  });
  return client;
}

/** Tries each broker once. A connection that is lost later is followed by one to the next broker, and so on in turn. */
async function connectToOneOf(
  targets: readonly Target[],
  options: ConnectOptions,
  begin: (options: ConnectOptions & { url: string }) => Promise<Client>,
): Promise<Client> {
  for (let first = 0; ; first++) {
    const at = (number: number) => targets[(first + number) % targets.length]!;
    const beforeConnect = targets.length > 1 ? ({ number }: { number: number }) => at(number - 1) : undefined;
    try {
      return await begin({ ...options, ...at(0), beforeConnect });
    } catch (error) {
      if (first === targets.length - 1 || error === interrupted.reason) throw error;
      tell(`${originOf(at(0))}: ${(error as Error).message}; trying ${originOf(at(1))}`);
    }
  }
}

/** As `connect`, and draws every packet from the first one on. */
async function connectTraced(options: ConnectOptions & { url: string }): Promise<Client> {
  const client = createClient(options);
  trace(client);
  const failed = new Promise<never>((_, reject) => {
    client.on('state', (state, cause) => state === 'waiting' && reject(cause));
  });
  try {
    await Promise.race([client.ready, failed]);
    return client;
  } catch (error) {
    await client.close({ drain: 0 });
    throw error;
  }
}

/** Rejects when the client has ended by itself. */
export function closingOf(client: Client): Promise<never> {
  return new Promise((_, reject) => {
    client.on('state', (state, cause) => state === 'closed' && reject(cause));
  });
}

interface Options extends ConnectOptions {
  readonly targets: readonly Target[];
}

async function brokerOptions(values: ConnectionValues): Promise<Options> {
  const { url: urls, username, 'client-id': clientId = '', clean: cleanSession } = values;
  if (urls === undefined) throw new UsageError('where to? --url ws://… or wss://…, or --aliyun');
  if (clientId === '' && !cleanSession)
    throw new UsageError('--no-clean needs a --client-id, to find the session again');
  const keepAlive = integerOf('keep-alive', values['keep-alive'], 0, 65_535) ?? 60;
  const targets = targetsOf(urls, username, undefined);
  const lacksPassword = targets.some((target) => target.username !== undefined && target.password === undefined);
  if (values['password-stdin'] && !lacksPassword) throw new UsageError('a password needs a --username');
  const password = values['password-stdin'] ? await readSecretFromStdin() : process.env['MQTT_PASSWORD'];
  return { targets: targetsOf(urls, username, password), clientId, cleanSession, keepAlive };
}

async function deviceOptions(values: ConnectionValues): Promise<Options> {
  if (values.url !== undefined) throw new UsageError('--url or --aliyun, not both');
  const device = deviceOf(values);
  const endpoint = endpointOf(values);
  if (endpoint === undefined) throw new UsageError('--aliyun needs --region, --instance or --host');
  const { 'client-id': clientId, tls: secure, clean: cleanSession } = values;
  const keepAlive = integerOf('keep-alive', values['keep-alive'], 30, 1200);
  const deviceSecret = await readSecret('DEVICE_SECRET');
  const timestamp = Date.now();
  const { url, username, password, ...options } = refuseAsUsage(() =>
    aliyun({ ...device, ...endpoint, deviceSecret, clientId, secure, cleanSession, keepAlive, timestamp }),
  );
  return { ...options, targets: [{ url, username, password }] };
}
