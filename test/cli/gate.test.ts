import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { type Device, type Gate, type GateOptions, startGate } from '../../src/cli/gate/gate.ts';

vi.setConfig({ testTimeout: 20_000 }); // the whole file takes about three seconds, and much longer on a busy machine

// The gate is driven with a bare WebSocket and another project's codec, so that nothing under test tests itself.

const lamp: Device = { productKey: 'a1Product', deviceName: 'lamp', deviceSecret: 'lamp secret' };
const meter: Device = { productKey: 'a1Product', deviceName: 'meter', deviceSecret: 'meter secret' };
const post = '/sys/a1Product/lamp/thing/event/property/post';
const up = '/a1Product/lamp/user/update';
const down = '/a1Product/lamp/user/get';

type Connect = Extract<Packet, { cmd: 'connect' }>;

interface SignIn extends Partial<Connect> {
  device?: Device;
  bare?: string;
  method?: string;
  parameters?: string;
  content?: string;
}

/** A CONNECT of the lamp over ws; the content that is signed and the parameters that are sent can differ. */
function signIn({
  device = lamp,
  bare = 'lamp-1',
  method = 'sha1',
  parameters,
  content,
  ...rest
}: SignIn = {}): Connect {
  const { deviceName, productKey, deviceSecret } = device;
  const signed = content ?? `clientId${bare}deviceName${deviceName}productKey${productKey}`;
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    clientId: `${bare}|${parameters ?? `securemode=3,signmethod=hmac${method}`}|`,
    username: `${deviceName}&${productKey}`,
    password: Buffer.from(createHmac(method, deviceSecret).update(signed).digest('hex')),
    ...rest,
  };
}

const publish = (topic: string, fields: Partial<IPublishPacket> = {}): Packet => ({
  cmd: 'publish',
  topic,
  payload: 'x',
  qos: 0,
  dup: false,
  retain: false,
  ...fields,
});
const subscribe = (messageId: number, ...filters: string[]): Packet => ({
  cmd: 'subscribe',
  messageId,
  subscriptions: filters.map((topic) => ({ topic, qos: 1 })),
});

/** Everything a connection says, in the order it says it. */
class Line {
  readonly socket: WebSocket;
  readonly ended: Promise<number>;
  readonly frames: Buffer[] = [];
  private readonly packets: Packet[] = [];
  private wake: () => void = () => {};

  constructor(url: string, options: ClientOptions = {}, protocols: string[] = ['mqtt']) {
    const reader = parser().on('packet', (packet) => {
      this.packets.push(packet);
      this.wake();
    });
    this.socket = new WebSocket(url, protocols, options);
    this.socket.on('error', () => {});
    this.socket.on('message', (data: Buffer) => {
      this.frames.push(data);
      reader.parse(data);
    });
    this.ended = new Promise((resolve) => this.socket.on('close', resolve));
    lines.push(this);
  }

  send(...packets: (Packet | Buffer)[]): void {
    this.socket.send(Buffer.concat(packets.map((packet) => (Buffer.isBuffer(packet) ? packet : generate(packet)))));
  }

  async next(): Promise<Packet> {
    while (this.packets.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.packets.shift()!;
  }

  /** What was said until the end, which has to come from the other side. */
  async rest(): Promise<string> {
    await this.ended;
    return Buffer.concat(this.frames).toString('hex');
  }
}

const lines: Line[] = [];
const gates: Gate[] = [];
let gate: Gate;

beforeAll(async () => {
  gate = await startGate({ devices: [lamp, meter] });
});
afterEach(async () => {
  for (const { socket } of lines.splice(0)) socket.terminate();
  await Promise.all(gates.splice(0).map((other) => other.close()));
});
afterAll(() => gate.close());

async function another(options: Partial<GateOptions>): Promise<Gate> {
  const other = await startGate({ devices: [lamp, meter], ...options });
  gates.push(other);
  return other;
}

async function open(at: Gate = gate): Promise<Line> {
  const line = new Line(at.wsUrl);
  await once(line.socket, 'open');
  return line;
}

async function online(connect: SignIn = {}, at: Gate = gate): Promise<Line> {
  const line = await open(at);
  line.send(signIn(connect));
  expect(await line.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
  return line;
}

/** The whole answer to a first packet, up to the closing of the connection. */
async function answer(first: Packet | Buffer, at: Gate = gate): Promise<string> {
  const line = await open(at);
  line.send(first);
  return line.rest();
}

const accepts = async (connect: SignIn, at?: Gate) => void (await online(connect, at));
const refuses = async (connect: SignIn, returnCode: number, at?: Gate) =>
  expect(await answer(generate(signIn(connect)), at)).toBe(`2002000${returnCode}`);
const CLOSED_SILENTLY = '';

describe('the WebSocket', () => {
  it('is taken on any path of ws, with the subprotocol mqtt among others', async () => {
    const line = new Line(`${gate.wsUrl}/any/path?at=all`, {}, ['other', 'mqtt']);
    await once(line.socket, 'open');
    expect(line.socket.protocol).toBe('mqtt');

    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': 'other, mqtt', // with a space, as browsers write it
    };
    const [response, socket] = await once(get({ host: '127.0.0.1', port: gate.wsPort, headers }), 'upgrade');
    socket.destroy();
    expect(response.headers).toMatchObject({ 'sec-websocket-protocol': 'mqtt' });
  });

  it('is refused with HTTP 400 when mqtt is not offered', async () => {
    for (const protocols of [[], ['mqttv3.1', 'other']]) {
      const [, response] = await once(new Line(gate.wsUrl, {}, protocols).socket, 'unexpected-response');
      expect(response.statusCode).toBe(400);
    }
    expect((await fetch(`http://127.0.0.1:${gate.wsPort}`)).status).toBe(400);
  });

  it('is taken over wss, at either name, by a client that trusts the CA and by no other', async () => {
    for (const url of [gate.wssUrl, `wss://localhost:${gate.wssPort}`]) {
      const line = new Line(url, { ca: gate.ca });
      await once(line.socket, 'open');
      line.send(signIn({ parameters: 'securemode=2,signmethod=hmacsha1' }));
      expect(await line.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
    }
    const [error] = await once(new Line(gate.wssUrl).socket, 'error');
    expect(error.code).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER/);
  });

  it('ends on a text frame', async () => {
    const line = await open();
    const { username: _, password: __, ...ascii } = signIn(); // the same bytes in a text frame
    line.socket.send(generate(ascii).toString());
    expect(await line.rest()).toBe(CLOSED_SILENTLY);
  });

  it('carries packets split into single bytes and packets joined in one frame', async () => {
    const line = await open();
    for (const byte of generate(signIn())) line.socket.send(Buffer.of(byte));
    expect(await line.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
    line.send({ cmd: 'pingreq' }, subscribe(1, down), { cmd: 'pingreq' });
    const answers = [await line.next(), await line.next(), await line.next()];
    expect(answers.map(({ cmd }) => cmd)).toEqual(['pingresp', 'suback', 'pingresp']);
  });

  it('may carry any number of packets before the CONNACK', async () => {
    const line = await open();
    const messages = Array.from({ length: 100 }, (_, i) => publish(up, { qos: 1, messageId: i + 1 }));
    line.send(signIn(), ...messages);
    expect(await line.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
    for (const { messageId } of messages) expect(await line.next()).toMatchObject({ cmd: 'puback', messageId });
  });

  it('sends a packet a frame, or frames of any other size on demand', async () => {
    expect((await online()).frames.map(({ length }) => length)).toEqual([4]);
    expect((await online({}, await another({ frameSize: 3 }))).frames.map(({ length }) => length)).toEqual([3, 1]);
  });
});

describe('the first packet', () => {
  const connect = (at: number, byte: number) => {
    const bytes = generate(signIn());
    bytes[bytes.indexOf('MQTT') + at] = byte;
    return bytes;
  };

  it('comes in time, or the connection ends without a word', async () => {
    const line = await open(await another({ connectTimeout: 30, scanInterval: 10 }));
    expect(await line.rest()).toBe(CLOSED_SILENTLY);
  });

  it('is a CONNECT, or the connection ends', async () => {
    expect(await answer({ cmd: 'pingreq' })).toBe(CLOSED_SILENTLY);
  });

  it('names the protocol MQTT, or the connection ends', async () => {
    expect(await answer(connect(3, 'X'.charCodeAt(0)))).toBe(CLOSED_SILENTLY);
    expect(await answer(generate({ ...signIn(), protocolId: 'MQIsdp', protocolVersion: 3 }))).toBe(CLOSED_SILENTLY);
  });

  it('leaves the reserved bits 0, or the connection ends', async () => {
    expect(await answer(connect(5, 0b1100_0011))).toBe(CLOSED_SILENTLY);
    const bytes = generate(signIn());
    bytes[0] = 0x11;
    expect(await answer(bytes)).toBe(CLOSED_SILENTLY);
  });

  it('asks for level 4: any other is answered with return code 1', async () => {
    for (const level of [3, 5, 6, 0x84]) expect(await answer(connect(4, level))).toBe('20020001');
  });

  it('comes once: a second CONNECT ends the connection', async () => {
    const line = await online();
    line.send(signIn());
    expect(await line.rest()).toBe('20020000');
    expect(await line.ended).toBe(1002);
  });
});

describe('the client id', () => {
  it('takes its parameters in any order and ignores those it does not know', () =>
    accepts({ parameters: '_v=x,signmethod=hmacsha1,ext=1,lan=C,securemode=3' }));

  it('is bare|key=value,…|, or the return code is 2', async () => {
    const clientIds = ['', 'lamp-1', 'lamp-1|', '|securemode=3,signmethod=hmacsha1|', 'lamp-1|securemode=3'];
    for (const clientId of [
      ...clientIds,
      'lamp-1||',
      'lamp-1|securemode=3,signmethod=hmacsha1,x|',
      'lamp-1|securemode=3|x',
    ]) {
      await refuses({ clientId }, 2);
    }
  });

  it('has at most 64 characters before the bar', async () => {
    await accepts({ bare: 'x'.repeat(64) });
    await refuses({ bare: 'x'.repeat(65) }, 2);
  });

  it('has the securemode of its transport: 3 over ws, 2 over wss', async () => {
    await refuses({ parameters: 'securemode=2,signmethod=hmacsha1' }, 2);
    await refuses({ parameters: 'signmethod=hmacsha1' }, 2);
    const line = new Line(gate.wssUrl, { ca: gate.ca });
    await once(line.socket, 'open');
    line.send(signIn());
    expect(await line.rest()).toBe('20020002');
  });

  it('names one of three signmethods, hmacmd5 when it names none', async () => {
    await accepts({ parameters: 'securemode=3', method: 'md5' });
    await refuses({ parameters: 'securemode=3', method: 'sha1' }, 4);
    await refuses({ parameters: 'securemode=3,signmethod=hmacsha512', method: 'sha512' }, 2);
    await refuses({ parameters: 'securemode=3,signmethod=HMACSHA1' }, 2);
  });

  it('is refused with another code on demand', async () =>
    refuses({ clientId: 'lamp-1' }, 3, await another({ clientIdRefusal: 3 })));
});

describe('the signature', () => {
  // client id, username, secret, password: known answers, most of them printed by the vendor or by device SDKs
  const table = `
    12345|securemode=3,signmethod=hmacmd5,timestamp=789| device&pk secret 14b198324fe55e1d3c88f2e705e201ee
    12345|securemode=3,signmethod=hmacsha1,timestamp=789| device&pk secret fafd82a3d602b37fb0fa8b7892f24a477f851a14
    12345|securemode=3,signmethod=hmacsha256,timestamp=789| device&pk secret 6074a46a91b1ebb2cc4ea42790ad0e80202c9843859fc292e57c4eb19fad9e57
    12345|securemode=2,signmethod=hmacmd5,timestamp=789| device&pk secret 14b198324fe55e1d3c88f2e705e201ee
    12345|securemode=2,signmethod=hmacsha1,timestamp=789| device&pk secret fafd82a3d602b37fb0fa8b7892f24a477f851a14
    12345|securemode=2,signmethod=hmacsha256,timestamp=789| device&pk secret 6074a46a91b1ebb2cc4ea42790ad0e80202c9843859fc292e57c4eb19fad9e57
    192.168.56.1|securemode=2,_v=paho-go-1.0.0,signmethod=hmacsha1,timestamp=1528018257135| deng&a1Zd7n5yTt8 UrwclDV33NaFSmk0JaBxNTqgSrJWXIkN 1b865320fc183cc747041c9faffc9055fc45bbab
    123456789.abcdefg|securemode=3,signmethod=hmacmd5,timestamp=32472115200| abcdefg&123456789 Y877Bgo8X5owd3lcB5wWDjryNPoB 16cb9b20009795d576e9172cdc820646
    123456789.abcdefg|securemode=3,signmethod=hmacsha1,timestamp=32472115200| abcdefg&123456789 Y877Bgo8X5owd3lcB5wWDjryNPoB 4e5358d2c33ca163bda58ec994b9e312712230c7
    123456789.abcdefg|securemode=3,signmethod=hmacsha256,timestamp=32472115200| abcdefg&123456789 Y877Bgo8X5owd3lcB5wWDjryNPoB 2842dc9f2fba19c671dd3f4d24590d41f91c25fd9bc4e5101951bea88b7deacd
    123456789.abcdefg|securemode=3,signmethod=hmacmd5,timestamp=1700000000| abcdefg&123456789 Y877Bgo8X5owd3lcB5wWDjryNPoB 21fad88809e6e674a0bc8d43d6fd1889
    12345|securemode=3,signmethod=hmacsha1| device&alxxxxxxxxx abc123 08c8e78f624b6c348abc4d2ee2db529fd8f58bba
    12345|securemode=3,signmethod=hmacsha1| device&fOAt5H5TOWF abc123 972ec218bee1f39fddcba4567fca0a2583cb2416
    dn1&pk1|securemode=2,signmethod=hmacsha1,ext=1| dn1&pk1 secret f2032d60aa49ade755295e845aa8940b1a30db89`;
  const vectors = table
    .trim()
    .split('\n')
    .map((row) => row.trim().split(' ') as [string, string, string, string]);
  const devices = new Map(
    vectors.map(([, username, deviceSecret]) => {
      const [deviceName, productKey] = username.split('&') as [string, string];
      return [username, { deviceName, productKey, deviceSecret }];
    }),
  );
  let vectorGate: Gate;
  beforeAll(async () => {
    vectorGate = await startGate({ devices: [...devices.values()] });
  });
  afterAll(() => vectorGate.close());

  const signedInto = async (clientId: string, username: string, password: string): Promise<Packet> => {
    const secure = clientId.includes('securemode=2');
    const line = new Line(secure ? vectorGate.wssUrl : vectorGate.wsUrl, { ca: vectorGate.ca });
    await once(line.socket, 'open');
    line.send({ ...signIn(), clientId, username, password: Buffer.from(password) });
    return line.next();
  };

  it('is accepted for every known answer, in either hex case', async () => {
    for (const [clientId, username, , password] of vectors) {
      for (const hex of [password.toLowerCase(), password.toUpperCase()]) {
        expect(await signedInto(clientId, username, hex), clientId).toMatchObject({ returnCode: 0 });
      }
    }
  });

  it.each([
    ['over the values without their names', '6f2e85580829a91cce65df1cb2b1fe0fd44fa7b2'],
    ['with the timestamp left out of the content', '3504e4df7ce4766d30f796ee973c9ce7fc5425cb'],
    ['by another algorithm than the one named', '14b198324fe55e1d3c88f2e705e201ee'],
    ['that is empty', ''],
    ['cut short', 'fafd82a3d602b37fb0fa8b7892f24a477f851a1'],
    ['with a character more', 'fafd82a3d602b37fb0fa8b7892f24a477f851a144'],
    ['of other characters', 'é'.repeat(40)],
  ])('is refused with return code 4 %s', async (_, password) => {
    const clientId = '12345|securemode=3,signmethod=hmacsha1,timestamp=789|';
    expect(await signedInto(clientId, 'device&pk', password)).toMatchObject({ sessionPresent: false, returnCode: 4 });
  });

  it('is refused when a timestamp is signed and not sent', () =>
    refuses({ content: 'clientIdlamp-1deviceNamelampproductKeya1Producttimestamp789' }, 4));

  it('is refused without its leading zero', async () => {
    // of a few hundred client ids, one in sixteen signs to a leading zero
    const bares = Array.from({ length: 300 }, (_, i) => `lamp-${i}`);
    const bare = bares.find((candidate) => signIn({ bare: candidate }).password?.[0] === '0'.charCodeAt(0))!;
    const { password } = signIn({ bare });
    await accepts({ bare, password: password! });
    await refuses({ bare, password: password!.subarray(1) }, 4);
  });

  it('is refused with device name and product key swapped, in the username and in the content', async () => {
    await refuses({ username: 'a1Product&lamp' }, 4);
    await refuses({ content: 'clientIdlamp-1deviceNamea1ProductproductKeylamp' }, 4);
  });

  it('is refused for an unknown device, and for none', async () => {
    await refuses({ device: { ...lamp, deviceName: 'ghost' } }, 4);
    await refuses({ device: { ...lamp, deviceSecret: 'guess' } }, 4);
    const { username: _, password: __, ...nobody } = signIn();
    expect(await answer(nobody)).toBe('20020004');
  });

  it('is refused with return code 5 on demand', async () =>
    refuses({ username: 'ghost&a1Product' }, 5, await another({ signInRefusal: 5 })));

  it('leaves nothing behind when it is refused: what comes with it or after it is not read', async () => {
    const before = gate.stats(lamp);
    const line = await open();
    line.send(signIn({ device: { ...lamp, deviceSecret: 'guess' } }), signIn(), publish(up));
    line.send(signIn(), publish(up));
    expect(await line.rest()).toBe('20020004');
    expect(gate.stats(lamp)).toEqual(before);
  });
});

describe('the keep alive', () => {
  it('is 30 to 1200 seconds', async () => {
    for (const keepalive of [30, 1200]) await accepts({ keepalive });
    for (const keepalive of [0, 29, 1201, 65_535]) await refuses({ keepalive }, 2);
  });

  it('is refused with return code 3, by closing, or not at all, on demand', async () => {
    await refuses({ keepalive: 10 }, 3, await another({ keepAliveRefusal: 3 }));
    expect(await answer(signIn({ keepalive: 10 }), await another({ keepAliveRefusal: 'close' }))).toBe(CLOSED_SILENTLY);
    await accepts({ keepalive: 10 }, await another({ keepAliveRefusal: 'clamp' }));
  });

  it('ends a connection that is silent for more than one and a half of it, without a packet', async () => {
    let time = 0;
    const other = await another({ now: () => time, scanInterval: 1 });
    const line = await online({ keepalive: 40 }, other);
    time = 60_000;
    line.send({ cmd: 'pingreq' });
    expect(await line.next()).toEqual(expect.objectContaining({ cmd: 'pingresp' }));
    time = 120_000; // 1.5 × 40 s to the millisecond: not more
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(other.stats('lamp').online).toBe(true);
    time = 120_001;
    expect(await line.rest()).toBe('20020000d000');
    expect(other.stats('lamp')).toMatchObject({ online: false, pings: 1, packets: 1 });
  });
});

describe('a device', () => {
  it('has one connection: signing in again, under whatever client id, ends the old one', async () => {
    const old = await online();
    const young = await online({ bare: 'lamp-2' });
    expect(await old.rest()).toBe('20020000');
    young.send({ cmd: 'pingreq' });
    expect(await young.next()).toMatchObject({ cmd: 'pingresp' });
    expect(gate.stats(lamp).online).toBe(true);
  });

  it('leaves with DISCONNECT, and its connection is closed', async () => {
    const line = await online();
    line.send({ cmd: 'disconnect' });
    expect(await line.ended).toBe(1000);
    expect(gate.stats('lamp').online).toBe(false);
  });

  it('resumes a session it asked to keep, with the QoS 1 messages of its absence and DUP on those sent before', async () => {
    const other = await another({});
    const first = await online({ clean: false }, other);
    first.send(subscribe(1, down));
    expect(await first.next()).toMatchObject({ cmd: 'suback', granted: [1] });
    await other.publish(down, 'one', { qos: 1 });
    const { messageId } = await first.next();
    other.cut('lamp');
    await first.ended;
    await other.publish(down, 'two', { qos: 1 });

    const second = await open(other);
    second.send(signIn({ clean: false, bare: 'lamp-2' }));
    expect(await second.next()).toMatchObject({ cmd: 'connack', sessionPresent: true });
    expect(await second.next()).toMatchObject({ dup: true, messageId, payload: Buffer.from('one') });
    expect(await second.next()).toMatchObject({ dup: false, payload: Buffer.from('two') });
  });

  it('sees DUP on no message that it acknowledged or that belongs to a new session', async () => {
    const other = await another({});
    for (const [clean, isAcknowledged] of [
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      const line = await online({ clean }, other);
      line.send(subscribe(1, down));
      await line.next();
      await other.publish(down, 'x', { qos: 1 });
      const { messageId, dup } = (await line.next()) as IPublishPacket;
      expect(dup).toBe(false);
      if (isAcknowledged) line.send({ cmd: 'puback', messageId: messageId! }, { cmd: 'pingreq' });
      if (isAcknowledged) await line.next();
    }
  });

  it('is told that a kept session is present even when it holds no subscription', async () => {
    const other = await another({});
    await online({ clean: false }, other);
    const line = await open(other);
    line.send(signIn({ clean: false }));
    expect(await line.next()).toMatchObject({ cmd: 'connack', sessionPresent: true });
  });

  it('starts anew with a clean session, and nothing of the old one comes back later', async () => {
    const other = await another({});
    const first = await online({ clean: false }, other);
    first.send(subscribe(1, down));
    await first.next();
    first.send({ cmd: 'disconnect' });
    await first.ended;
    await other.publish(down, 'old', { qos: 1 });
    expect((await online({ clean: true }, other)).frames[0]).toEqual(Buffer.of(0x20, 2, 0, 0));
    const line = await online({ clean: false }, other);
    line.send(subscribe(1, down));
    expect(await line.next()).toMatchObject({ cmd: 'suback' });
    await other.publish(down, 'new');
    expect(await line.next()).toMatchObject({ payload: Buffer.from('new') });
    expect(line.frames[0]).toEqual(Buffer.of(0x20, 2, 0, 0)); // no session present
  });
});

describe('what the platform does not offer', () => {
  const will = { topic: up, payload: Buffer.from('last words'), qos: 0, retain: false } as const;

  it('accepts a will and never publishes it, or closes on demand', async () => {
    const heard: string[] = [];
    const off = gate.subscribe(up, (_, payload) => heard.push(payload.toString()));
    await online({ will });
    gate.cut(lamp);
    const line = await online();
    line.send(publish(up, { payload: 'a word', qos: 1, messageId: 1 }));
    await line.next();
    off();
    expect(heard).toEqual(['a word']);
    expect(await answer(signIn({ will }), await another({ will: 'close' }))).toBe(CLOSED_SILENTLY);
  });

  it('delivers a retained message live, without the flag, and stores nothing', async () => {
    const line = await online();
    line.send(subscribe(1, up), publish(up, { retain: true }));
    expect(await line.next()).toMatchObject({ cmd: 'suback' });
    expect(await line.next()).toMatchObject({ cmd: 'publish', retain: false });
    line.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [up] });
    expect(await line.next()).toMatchObject({ cmd: 'unsuback', messageId: 2 });
    line.send(subscribe(3, up));
    expect(await line.next()).toMatchObject({ cmd: 'suback' });
    await gate.publish(up, 'live');
    expect(await line.next()).toMatchObject({ payload: Buffer.from('live') });

    const strict = await online({}, await another({ retain: 'close' }));
    strict.send(publish(up, { retain: true }));
    await strict.ended;
  });

  it('closes on a QoS 2 message and grants QoS 1 where 2 is asked for', async () => {
    const line = await online();
    line.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: down, qos: 2 }] });
    expect(await line.next()).toMatchObject({ cmd: 'suback', granted: [1] });
    line.send(publish(up, { qos: 2, messageId: 2 }));
    expect(await line.rest()).toBe('200200009003000101');
  });

  it('speaks QoS 2 on demand', async () => {
    const line = await online({}, await another({ qos2: 'accept' }));
    line.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: down, qos: 2 }] });
    expect(await line.next()).toMatchObject({ cmd: 'suback', granted: [2] });
    line.send(publish(up, { qos: 2, messageId: 2 }));
    expect(await line.next()).toMatchObject({ cmd: 'pubrec', messageId: 2 });
    line.send({ cmd: 'pubrel', messageId: 2 });
    expect(await line.next()).toMatchObject({ cmd: 'pubcomp', messageId: 2 });
  });
});

describe('the limits', () => {
  it('take a packet of 262,144 bytes and close on one of a byte more', async () => {
    const line = await online();
    const ofSize = (size: number) => publish(up, { qos: 1, messageId: 1, payload: Buffer.alloc(size - 8 - up.length) });
    expect(generate(ofSize(262_144)).length).toBe(262_144);
    line.send(ofSize(262_144));
    expect(await line.next()).toMatchObject({ cmd: 'puback' });
    line.send(generate(ofSize(262_145)).subarray(0, 10)); // its length alone is enough
    expect(await line.ended).toBe(1002);
  });

  it('take a topic of 128 bytes and 7 slashes; a filter beyond is refused, a message beyond is dropped', async () => {
    const bytes = (count: number) => `${up}/é`.padEnd(count - 1, 'x'); // é is two bytes
    const fits = [bytes(128), `${up}/5/6/7`];
    const beyond = [bytes(129), `${up}/5/6/7/8`];
    const line = await online();
    line.send(subscribe(1, ...fits, ...beyond));
    expect(await line.next()).toMatchObject({ granted: [1, 1, 0x80, 0x80] });
    const before = gate.stats(lamp);
    line.send(...[...fits, ...beyond].map((topic) => publish(topic)), { cmd: 'pingreq' });
    while ((await line.next()).cmd !== 'pingresp');
    const { published, dropped } = gate.stats(lamp);
    expect([published - before.published, dropped - before.dropped]).toEqual([2, 2]);
  });

  it('refuse the filters of a SUBSCRIBE beyond the eighth', async () => {
    const line = await online();
    line.send(subscribe(1, ...Array.from({ length: 10 }, (_, i) => `${down}/${i}`)));
    expect(await line.next()).toMatchObject({ granted: [1, 1, 1, 1, 1, 1, 1, 1, 0x80, 0x80] });
  });

  it('refuse a subscription beyond the hundredth, until one is given up', async () => {
    const line = await online();
    for (let i = 0; i < 100; i++) {
      line.send(subscribe(1, `${down}/${i}`));
      expect(await line.next()).toMatchObject({ granted: [1] });
    }
    line.send(subscribe(2, `${down}/7`, `${down}/100`));
    expect(await line.next()).toMatchObject({ messageId: 2, granted: [1, 0x80] });
    line.send({ cmd: 'unsubscribe', messageId: 3, unsubscriptions: [`${down}/7`] });
    await line.next();
    line.send(subscribe(4, `${down}/100`));
    expect(await line.next()).toMatchObject({ granted: [1] });
  });

  it('count the subscriptions of a session that goes on, and none of one that ended', async () => {
    const other = await another({ maxSubscriptions: 1 });
    const granted = async (clean: boolean, filter: string) => {
      const line = await open(other);
      line.send(signIn({ clean }), subscribe(1, filter)); // in one frame
      await line.next();
      return ((await line.next()) as Extract<Packet, { cmd: 'suback' }>).granted;
    };
    expect(await granted(false, `${down}/1`)).toEqual([1]);
    expect(await granted(false, `${down}/2`)).toEqual([0x80]);
    expect(await granted(true, `${down}/2`)).toEqual([1]);
    expect(await granted(false, `${down}/1`)).toEqual([1]);
  });

  it('answer a filter that a SUBSCRIBE names twice twice', async () => {
    const line = await online();
    line.send(subscribe(1, down, '/foreign', down));
    expect(await line.next()).toMatchObject({ granted: [1, 0x80, 1] });
  });
});

describe('topics of others', () => {
  const foreign = ['/a1Product/meter/user/get', '/sys/a1Product/+/thing/#', '#', '/a1Product/lamp', '$SYS/#', '/x'];
  const shared = [`$share/group/${down}`, `$share/group/#`];

  it('are refused in a SUBSCRIBE, with the own ones granted', async () => {
    const line = await online();
    for (const filters of [foreign, shared]) {
      line.send(subscribe(1, ...filters));
      expect(await line.next()).toMatchObject({ granted: filters.map(() => 0x80) });
    }
    line.send(subscribe(2, '/ext/ntp/a1Product/lamp/response', '/sys/a1Product/lamp/#', '/a1Product/lamp/user/+'));
    expect(await line.next()).toMatchObject({ granted: [1, 1, 1] });
  });

  it('hear nothing of a PUBLISH, which is acknowledged in its turn', async () => {
    const other = await online({ device: meter });
    other.send(subscribe(1, '/a1Product/meter/user/get'));
    await other.next();
    const topics: string[] = [];
    const off = gate.subscribe('#', (topic) => topics.push(topic));
    const line = await online();
    line.send(
      publish(up, { qos: 1, messageId: 1 }),
      publish('/a1Product/meter/user/get', { qos: 1, messageId: 2 }),
      publish(up, { qos: 1, messageId: 3 }),
    );
    for (const messageId of [1, 2, 3]) expect(await line.next()).toMatchObject({ cmd: 'puback', messageId });
    await gate.publish('/a1Product/meter/user/get', 'from the platform');
    expect(await other.next()).toMatchObject({ payload: Buffer.from('from the platform') });
    off();
    expect(topics).toEqual([up, up, '/a1Product/meter/user/get']);
  });
});

describe('the platform', () => {
  const json = (packet: Packet) => JSON.parse((packet as IPublishPacket).payload.toString());

  it('answers property/post with post_reply, and leaves what it cannot read', async () => {
    const line = await online();
    line.send(subscribe(1, `${post}_reply`));
    await line.next();
    const method = 'thing.event.property.post';
    line.send(publish(post, { payload: 'not JSON' }), publish(post, { payload: 'null' }));
    line.send(publish(post, { payload: JSON.stringify({ id: '7', version: '1.0', params: { on: 1 }, method }) }));
    const reply = await line.next();
    expect(reply).toMatchObject({ topic: `${post}_reply` });
    expect(json(reply)).toEqual({ code: 200, data: {}, id: '7', message: 'success', method, version: '1.0' });
  });

  it('tells the time', async () => {
    const line = await online({}, await another({ now: () => 1_600_000_000_000 }));
    line.send(subscribe(1, '/ext/ntp/a1Product/lamp/response'));
    await line.next();
    line.send(publish('/ext/ntp/a1Product/lamp/request', { payload: '{}' }));
    line.send(publish('/ext/ntp/a1Product/lamp/request', { payload: '{"deviceSendTime":"17"}' }));
    expect(json(await line.next())).toEqual({
      deviceSendTime: '17',
      serverRecvTime: '1600000000000',
      serverSendTime: '1600000000000',
    });
  });

  it('sets a property and hands over the answer of the device', async () => {
    const set = '/sys/a1Product/lamp/thing/service/property/set';
    const line = await online();
    line.send(subscribe(1, set));
    await line.next();
    const answered = gate.setProperty('lamp', { on: 1 });
    const request = await line.next();
    expect(request).toMatchObject({ topic: set, qos: 1 });
    const { id, ...rest } = json(request);
    expect(rest).toEqual({ version: '1.0', params: { on: 1 }, method: 'thing.service.property.set' });
    line.send(publish(`${set}_reply`, { payload: JSON.stringify({ id: `${id}0`, code: 500, data: {} }) }));
    line.send(publish(`${set}_reply`, { payload: JSON.stringify({ id, code: 200, data: {} }) }));
    expect(await answered).toEqual({ id, code: 200, data: {} });
  });

  it('gives up on a device that does not answer, and when the gate closes', async () => {
    await expect(gate.setProperty(meter, {}, { timeout: 10 })).rejects.toThrow('meter did not answer');
    const other = await another({});
    const pending = expect(other.setProperty('lamp', {})).rejects.toThrow('lamp did not answer');
    await other.close();
    await pending;
  });
});

describe('the rates, off by default', () => {
  it('refuse a sixth CONNECT a minute when five are allowed', async () => {
    let time = 0;
    const other = await another({ connectsPerMinute: 5, now: () => time });
    for (let i = 0; i < 5; i++) await accepts({}, other);
    await accepts({ device: meter }, other);
    await refuses({}, 3, other);
    expect(other.stats('lamp')).toMatchObject({ online: true, connects: 5, refusals: 1 });
    time = 60_000;
    await accepts({}, other);
  });

  it('give no answer at all to a message above them', async () => {
    const line = await online({}, await another({ qos0PerSecond: 1, qos1PerSecond: 2, now: () => 0 }));
    const messages = [1, 2, 3].map((messageId) => publish(up, { qos: 1, messageId }));
    line.send(...messages, publish(up), publish(up), { cmd: 'pingreq' });
    const answers = [await line.next(), await line.next(), await line.next()];
    expect(answers.map(({ cmd, messageId }) => [cmd, messageId])).toEqual([
      ['puback', 1],
      ['puback', 2],
      ['pingresp', undefined],
    ]);
  });
});

describe('the gate', () => {
  it('cuts a connection as a network does', async () => {
    const line = await online();
    gate.cut('lamp');
    expect(await line.ended).toBe(1006);
    expect(gate.stats('lamp').online).toBe(false);
  });

  it('asks back when a name means no device, or more than one', async () => {
    const other = await another({ devices: [lamp, { ...lamp, productKey: 'a1Other' }] });
    expect(() => other.cut('lamp')).toThrow('2 devices');
    expect(() => other.cut('ghost')).toThrow('0 devices');
    expect(other.stats(lamp).online).toBe(false);
  });

  it('writes a log without payloads and credentials', async () => {
    const log: string[] = [];
    const line = await online({}, await another({ log: (entry) => log.push(entry) }));
    line.send(publish(up, { payload: 'private' }), { cmd: 'pingreq' });
    await line.next();
    const text = log.join('\n');
    expect(text).toContain(`lamp&a1Product → publish ${up}, QoS 0, 7 bytes`);
    for (const secret of ['private', lamp.deviceSecret, signIn().password!.toString()])
      expect(text).not.toContain(secret);
  });

  it('logs which rule a device broke, and answers first what came before', async () => {
    const log: string[] = [];
    const line = await online({}, await another({ log: (entry) => log.push(entry) }));
    line.send(publish(up, { qos: 1, messageId: 7 }), { cmd: 'puback', messageId: 9 }, { cmd: 'pingreq' });
    expect(await line.rest()).toBe('2002000040020007');
    expect(log.at(-1)).toMatch(/^lamp&a1Product closed: .*MQTT-2\.3\.1-6/);
  });

  it('refuses a topic and a filter that are none, and a message when it is closed', async () => {
    const other = await another({});
    await expect(other.publish('a/#', 'x')).rejects.toThrow('MQTT-3.3.2-2');
    expect(() => other.subscribe('a#', () => {})).toThrow('MQTT-4.7.1-2');
    await other.close();
    await expect(other.publish(up, 'x')).rejects.toThrow('the gate is closed');
  });

  it('lets every listener hear a message, also when one of them fails', async () => {
    const errors: unknown[] = [];
    const before = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', (error) => errors.push(error));
    const heard: string[] = [];
    const offs = ['one', 'two'].map((name) =>
      gate.subscribe(up, () => {
        heard.push(name);
        throw new Error(name);
      }),
    );
    await gate.publish(up, 'x');
    await vi.waitFor(() => expect(errors).toMatchObject([{ message: 'one' }, { message: 'two' }]));
    for (const off of offs) off();
    process.removeAllListeners('unhandledRejection');
    for (const listener of before) process.on('unhandledRejection', listener);
    expect(heard).toEqual(['one', 'two']);
  });

  it('does not start on a port that is taken, and leaves nothing running', async () => {
    const other = await another({});
    await other.close();
    const wsPort = other.wsPort; // free again
    await expect(another({ wsPort, wssPort: gate.wsPort })).rejects.toThrow('EADDRINUSE');
    expect((await another({ wsPort })).wsPort).toBe(wsPort);
  });

  it('closes with every connection in it, and more than once', async () => {
    const other = await startGate({ devices: [lamp] });
    const line = await online({}, other);
    const idle = await open(other);
    await Promise.all([other.close(), other.close()]);
    expect(await line.ended).toBe(1006);
    expect(await idle.ended).toBe(1006);
    await expect(fetch(`http://127.0.0.1:${other.wsPort}`)).rejects.toThrow();
  });

  it('runs by itself until it is told to stop, and takes its CA file with it', async () => {
    const child = spawn(process.execPath, ['dist/cli/main.js', 'gate']);
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    while (!text.includes('Ctrl-C')) await once(child.stdout, 'data');
    const [wsUrl, caFile, device] = ['ws', 'CA', 'devices'].map(
      (label) => new RegExp(`^${label} +(.+)$`, 'm').exec(text)![1]!,
    );
    expect(existsSync(caFile!)).toBe(true);
    await accepts({ device: JSON.parse(device!) }, { ...gate, wsUrl: wsUrl! });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(existsSync(caFile!)).toBe(false);
  }, 20_000);
});
