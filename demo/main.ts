import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { type Client, type ConnectOptions, connect } from 'mqtt311';
import { aliyun } from 'mqtt311/aliyun';
import { connect as connectPacket, encode } from 'mqtt311/codec';
import { explain } from 'mqtt311/explain';
import { startGate } from '../src/cli/gate/gate.ts';
import { visible } from '../src/explain/visible.ts';
import { DemoDevice, type DeviceName } from './device.ts';

const USAGE = `npm run demo                  a device and a local stand-in of the platform, over wss
npm run demo -- --region R --product-key P --device-name D [--ca FILE]
npm run demo -- --instance I --product-key P --device-name D [--ca FILE]
                              the real platform; the device secret comes from the environment
                              variable DEVICE_SECRET, or from standard input
npm run demo -- --url wss://HOST[:PORT][/PATH] --plain [--ca FILE]
                              any broker: subscribe, publish with QoS 0, 1 and 2, leave`;

const { values } = parseArgs({
  options: {
    region: { type: 'string' },
    instance: { type: 'string' },
    'product-key': { type: 'string' },
    'device-name': { type: 'string' },
    ca: { type: 'string' },
    url: { type: 'string' },
    plain: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const webSocketOptions = values.ca === undefined ? undefined : { ca: readFileSync(values.ca) };

const started = performance.now();
/** What a broker has chosen is in some lines. */
const log = (line: string) => console.log(`${((performance.now() - started) / 1000).toFixed(3)}  ${visible(line)}`);
const heading = (line: string) => console.log(`\n${line}`);

if (values.help) console.log(USAGE);
else if (values.plain && values.url !== undefined) await talkToAnyBroker(values.url);
else if (values['product-key'] !== undefined && values['device-name'] !== undefined)
  await talkToPlatform({ productKey: values['product-key'], deviceName: values['device-name'] });
else if (process.argv.length > 2)
  throw new Error(`these options do not go together; the ways to call it are\n${USAGE}`);
else await talkToGate();

/** The main job, on a local gate: sign in, stay alive, publish and subscribe, reconnect when cut, leave. */
async function talkToGate(): Promise<void> {
  const device = { productKey: 'a1LocalGate', deviceName: 'lamp', deviceSecret: randomBytes(16).toString('hex') };
  await using gate = await startGate({ devices: [device] });
  const webSocketOptions = { ca: gate.ca };
  const options = aliyun({
    ...device,
    clientId: '00-16-EA-AE-3C-40',
    host: `127.0.0.1:${gate.wssPort}`,
    timestamp: Date.now(),
    reconnect: { minDelay: 200, maxDelay: 1_000 },
    webSocketOptions,
  });

  heading(`A device signs in to ${options.url}; its CONNECT is`);
  const packet = connectPacket({ ...options, password: Buffer.from(options.password) });
  const bytes = encode(packet);
  for (const { start, end, field, value } of explain(bytes)) {
    const hex = Buffer.from(bytes.subarray(start, end))
      .toString('hex')
      .replace(/..(?=.)/g, '$& ');
    const shown = hex.length > 29 ? `${hex.slice(0, 23)} … ${hex.slice(-2)}` : hex;
    console.log(`${String(start).padStart(5)}  ${shown.padEnd(29)} ${field} ${value}`);
  }

  heading('It talks to the platform');
  const client = await connectAndTell(options);
  const thing = new DemoDevice(client, device, log);
  await thing.listen();
  for (const brightness of [20, 60, 100]) await thing.report({ brightness });
  await thing.askTime();
  const { code } = await gate.setProperty(device, { power: 'off' });
  log(`the platform got the answer with code ${code}`);

  heading('It stays alive');
  await ping(client);

  heading('Its connection is cut, and it comes back by itself, with its subscriptions');
  const online = nextState(client, 'online');
  gate.cut(device);
  await online;
  await thing.report({ brightness: 0 });

  heading('It leaves');
  await client.close();

  heading('What the platform refuses, it refuses clearly');
  const secret = { ...device, deviceSecret: randomBytes(16).toString('hex') };
  const wss = `127.0.0.1:${gate.wssPort}`;
  await refused('a wrong secret', () => connect(aliyun({ ...secret, host: wss, webSocketOptions })));
  await refused('a keep alive of 20 s, by aliyun()', () => connect(aliyun({ ...device, host: wss, keepAlive: 20 })));
  await refused('a keep alive of 20 s, by the platform', () => connect({ ...options, keepAlive: 20 }));
  await refused('ws with securemode 2, which means wss', () => connect({ ...options, url: gate.wsUrl }));
}

async function talkToPlatform(device: DeviceName): Promise<void> {
  const deviceSecret = process.env['DEVICE_SECRET'] ?? (await text(process.stdin)).trim();
  const { region, instance } = values;
  const where = instance === undefined ? { region: region ?? '' } : { instanceId: instance };
  const client = await connectAndTell(aliyun({ ...device, ...where, deviceSecret, webSocketOptions }));
  const thing = new DemoDevice(client, device, log);
  await thing.listen();
  for (const brightness of [20, 60, 100]) await thing.report({ brightness });
  await thing.askTime();
  await ping(client);
  await client.close();
}

async function talkToAnyBroker(url: string): Promise<void> {
  const client = await connectAndTell({ url, webSocketOptions });
  const topic = `mqtt311/demo/${randomBytes(8).toString('hex')}`;
  const subscription = await client.subscribe(topic, { qos: 2 });
  log(`subscribed to ${topic}, granted QoS ${subscription.grantedQos}`);
  for (const qos of [0, 1, 2] as const) await client.publish(topic, `hello with QoS ${qos}`, { qos });
  let left = 3;
  for await (const message of subscription) {
    log(`received '${message.text()}'`);
    left -= 1;
    if (left === 0) break;
  }
  await ping(client);
  await client.close();
}

async function connectAndTell(options: ConnectOptions & { url: string }): Promise<Client> {
  const client = await connect(options);
  log('online');
  client.on('state', (state, cause) => log(cause === undefined ? state : `${state}: ${cause.message}`));
  return client;
}

async function ping(client: Client): Promise<void> {
  const answered = new Promise<void>((resolve) => {
    const off = client.on('packet', (direction, { type }) => {
      if (type === 12) log(`${direction} PINGREQ`);
      if (type !== 13) return;
      log(`${direction} PINGRESP`);
      off();
      resolve();
    });
  });
  client.wake();
  await answered;
}

function nextState(client: Client, wanted: Client['state']): Promise<void> {
  return new Promise((resolve) => {
    const off = client.on('state', (state) => {
      if (state !== wanted) return;
      off();
      resolve();
    });
  });
}

async function refused(what: string, attempt: () => Promise<Client>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    return log(`${what}: ${error}`);
  }
  throw new Error(`${what} was accepted`);
}
