// The connection of pub, sub and ping: the options they share.
import { readFileSync } from 'node:fs';
import { aliyun, type SignMethod } from '../aliyun/aliyun.ts';
import { type Client, type ConnectOptions, connect } from '../index.node.ts';
import { integerOf, refuseAsUsage, UsageError, type Values } from './command.ts';
import { interrupted, readSecret, readSecretFromStdin, tell } from './terminal.ts';

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

/** Together with {@link DEVICE_OPTIONS}. */
export const CONNECTION_OPTIONS = {
  url: { type: 'string', short: 'u', value: 'URL', says: 'of the broker, ws:// or wss://' },
  'client-id': { type: 'string', short: 'i', value: 'ID', says: 'default: the broker chooses one' },
  username: { type: 'string', value: 'NAME', says: 'its password is in MQTT_PASSWORD, if there is one' },
  'password-stdin': { type: 'boolean', says: 'the password is on standard input' },
  'keep-alive': { type: 'string', short: 'k', value: 'SECONDS', says: 'default 60, and 300 with --aliyun' },
  clean: { type: 'boolean', default: true, says: 'the broker keeps the session' },
  ca: { type: 'string', value: 'FILE', says: 'certificates to trust, in PEM' },
  aliyun: { type: 'boolean', says: 'sign in as a device; its secret is in DEVICE_SECRET or on standard input' },
} as const;

type DeviceValues = Values<typeof DEVICE_OPTIONS>;
type ConnectionValues = Values<typeof CONNECTION_OPTIONS> & DeviceValues;

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
  const { ca } = values;
  const webSocketOptions = ca === undefined ? undefined : refuseAsUsage(() => ({ ca: readFileSync(ca) }));
  const options = values.aliyun ? await deviceOptions(values) : await brokerOptions(values);
  const signal = interrupted.aborted ? undefined : interrupted; // What was read before it is published nevertheless.
  const client = await connect({ ...options, reconnect, webSocketOptions, signal });
  client.on('state', (state, cause) => {
    if (state === 'waiting') tell(`${cause?.message}; trying again`);
    if (state === 'online') tell('connected again');
  });
  client.on('error', (error) => {
    if (client.state === 'online') tell(error.message);
  });
  return client;
}

async function brokerOptions(values: ConnectionValues): Promise<ConnectOptions & { url: string }> {
  const { url, username, 'client-id': clientId = '', clean: cleanSession } = values;
  if (url === undefined) throw new UsageError('where to? --url ws://… or wss://…, or --aliyun');
  if (!/^wss?:\/\/[^/]/i.test(url)) throw new UsageError('--url must begin with ws:// or wss:// and a host');
  if (clientId === '' && !cleanSession)
    throw new UsageError('--no-clean needs a --client-id, to find the session again');
  const password = values['password-stdin'] ? await readSecretFromStdin() : process.env['MQTT_PASSWORD'];
  if (values['password-stdin'] && username === undefined) throw new UsageError('a password needs a --username');
  const keepAlive = integerOf('keep-alive', values['keep-alive'], 0, 65_535) ?? 60;
  const credentials = username === undefined ? {} : { username, password };
  return { url, clientId, cleanSession, keepAlive, ...credentials };
}

async function deviceOptions(values: ConnectionValues): Promise<ConnectOptions & { url: string }> {
  const device = deviceOf(values);
  const endpoint = endpointOf(values);
  if (endpoint === undefined) throw new UsageError('--aliyun needs --region, --instance or --host');
  const { 'client-id': clientId, tls: secure, clean: cleanSession } = values;
  const keepAlive = integerOf('keep-alive', values['keep-alive'], 30, 1200);
  const deviceSecret = await readSecret('DEVICE_SECRET');
  return refuseAsUsage(() =>
    aliyun({ ...device, ...endpoint, deviceSecret, clientId, secure, cleanSession, keepAlive, timestamp: Date.now() }),
  );
}
