import { createHmac } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { buildSync } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type AliyunOptions, aliyun, type SignMethod, type SignOptions, sign } from '../../src/aliyun/aliyun.ts';
import type { ConnectOptions } from '../../src/client/options.ts';
import vectors from '../vectors/aliyun.json' with { type: 'json' };

const METHODS: readonly SignMethod[] = ['hmacmd5', 'hmacsha1', 'hmacsha256'];

const SEED = Object.freeze({
  productKey: 'pk',
  deviceName: 'device',
  deviceSecret: 'secret',
  clientId: '12345',
  timestamp: 789,
  signMethod: 'hmacsha1',
} as const);

const SECRET = 'ThisSecretStaysSecret';
const DEVICE = Object.freeze({
  productKey: 'a1Zd7n5yTt8',
  deviceName: 'deng',
  deviceSecret: SECRET,
  clientId: 'mylight1000002',
});
const IN_SHANGHAI = Object.freeze({ ...DEVICE, region: 'cn-shanghai' });

/** Splits `bare|k=v,…|`, whose parameters have no order. */
function partsOf(clientId: string): { bare: string; parameters: Record<string, string> } {
  const [bare, list, tail, ...rest] = clientId.split('|');
  expect([tail, rest]).toEqual(['', []]);
  return {
    bare: bare!,
    parameters: Object.fromEntries(list!.split(',').map((pair) => pair.split('=') as [string, string])),
  };
}

/** what, the fields that differ from a good device, the error and its message */
type Refusal = [string, Record<string, unknown>, typeof RangeError | typeof TypeError, RegExp];

function failureOf(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('sign', () => {
  for (const vector of vectors.vectors) {
    const { id, productKey, deviceName, deviceSecret, clientId, timestamp, mqttClientId } = vector;
    const printed = mqttClientId === null ? undefined : partsOf(mqttClientId);
    const { securemode, signmethod: _, timestamp: __, ...extensions } = printed?.parameters ?? {};
    const signed = sign({
      ...{ productKey, deviceName, deviceSecret, clientId, extensions },
      timestamp: timestamp ?? undefined,
      signMethod: vector.signMethod as SignMethod,
      secure: securemode !== '3',
    });

    it(`gives the user name and password of the known answer ${id}`, () => {
      expect(signed.username).toBe(vector.username);
      expect(signed.password).toBe(vector.password);
      expect(vectors.wrongPasswords.map(({ password }) => password)).not.toContain(signed.password);
    });

    if (mqttClientId === null) continue;
    it(`gives the client id of the known answer ${id}`, () => {
      if (Object.keys(extensions).length === 0) expect(signed.clientId).toBe(mqttClientId);
      expect(partsOf(signed.clientId)).toEqual(printed);
    });
  }

  it('signs what node:crypto signs: names and values in alphabetical order, in UTF-8', () => {
    const text = fc
      .string({ unit: 'grapheme-composite', minLength: 1, maxLength: 20 })
      .filter((t) => !/[&|]|^\s*$/.test(t));
    const timestamp = fc.option(fc.nat(), { nil: undefined });
    fc.assert(
      fc.property(text, text, text, text, timestamp, fc.constantFrom(...METHODS), (pk, dn, key, id, time, method) => {
        fc.pre(id.length <= 64);
        const options = { productKey: pk, deviceName: dn, deviceSecret: key, clientId: id, timestamp: time };
        const content = `clientId${id}deviceName${dn}productKey${pk}${time === undefined ? '' : `timestamp${time}`}`;
        const expected = createHmac(method.slice(4), key).update(content).digest('hex');
        expect(sign({ ...options, signMethod: method }).password).toBe(expected);
      }),
    );
  });

  it('signs the example of the documents for ws', () => {
    expect(sign({ ...SEED, secure: false })).toEqual({
      clientId: '12345|securemode=3,signmethod=hmacsha1,timestamp=789|',
      username: 'device&pk',
      password: 'fafd82a3d602b37fb0fa8b7892f24a477f851a14',
    });
  });

  it('says wss and hmacsha256, and has no timestamp, unless told otherwise', () => {
    expect(sign(DEVICE).clientId).toBe('mylight1000002|securemode=2,signmethod=hmacsha256|');
    expect(sign(DEVICE).password).toHaveLength(64);
  });

  it('gives the same password for ws and wss', () => {
    expect(sign({ ...SEED, secure: false }).password).toBe(sign({ ...SEED, secure: true }).password);
  });

  it('takes a timestamp as a number or as its digits, 0 included', () => {
    expect(sign({ ...SEED, timestamp: '789' })).toEqual(sign({ ...SEED, timestamp: 789 }));
    expect(sign({ ...SEED, timestamp: 2524608000000 }).clientId).toContain(',timestamp=2524608000000|');
    expect(sign({ ...SEED, timestamp: 0 }).clientId).toContain(',timestamp=0|');
    expect(sign({ ...SEED, timestamp: 0 }).password).not.toBe(sign({ ...SEED, timestamp: undefined }).password);
  });

  it('appends extensions to the client id and does not sign them', () => {
    const plain = sign(SEED);
    const extended = sign({ ...SEED, extensions: { _v: 'paho-go-1.0.0', ext: '1', lan: '' } });
    expect(extended).toEqual({
      ...plain,
      clientId: '12345|securemode=2,signmethod=hmacsha1,timestamp=789,_v=paho-go-1.0.0,ext=1,lan=|',
    });
  });

  it('lets a platform compute the HMAC, of the secret and the content in UTF-8', () => {
    const calls: unknown[] = [];
    const { password } = sign({
      ...SEED,
      deviceSecret: 'clé',
      hmac: (...call) => {
        calls.push(call);
        return new Uint8Array(20).fill(0x0f);
      },
    });
    const content = 'clientId12345deviceNamedeviceproductKeypktimestamp789';
    expect(calls).toEqual([['hmacsha1', Uint8Array.of(0x63, 0x6c, 0xc3, 0xa9), new Uint8Array(Buffer.from(content))]]);
    expect(password).toBe('0f'.repeat(20));
  });

  it('takes a client id of 1 and of 64 characters', () => {
    expect(sign({ ...DEVICE, clientId: 'x' }).clientId).toMatch(/^x\|/);
    expect(sign({ ...DEVICE, clientId: 'x'.repeat(64) }).clientId).toMatch(/^x{64}\|/);
  });

  it('changes nothing of what it is given', () => {
    const options = Object.freeze({ ...DEVICE, extensions: Object.freeze({ ext: '1' }) });
    const copy = structuredClone(options);
    sign(options);
    aliyun(Object.freeze({ ...options, region: 'cn-shanghai', reconnect: false }));
    expect(options).toEqual(copy);
  });
});

describe('sign refuses', () => {
  const REFUSED: readonly Refusal[] = [
    ['an empty product key', { productKey: '' }, RangeError, /^productKey /],
    ['a product key with "&"', { productKey: 'p&k' }, RangeError, /^productKey .*&/],
    ['a missing product key', { productKey: undefined }, TypeError, /^productKey must be string, not undefined$/],
    ['an empty device name', { deviceName: '' }, RangeError, /^deviceName /],
    ['a device name with "&"', { deviceName: 'de&vice' }, RangeError, /^deviceName .*&/],
    ['a device name of a wrong type', { deviceName: 7 }, TypeError, /^deviceName must be string, not number$/],
    ['an empty secret', { deviceSecret: '' }, RangeError, /^deviceSecret /],
    ['a missing secret', { deviceSecret: undefined }, TypeError, /^deviceSecret must be string, not undefined$/],
    ['a secret in bytes', { deviceSecret: new Uint8Array(4) }, TypeError, /^deviceSecret must be string, not object$/],
    ['an empty client id', { clientId: '' }, RangeError, /^clientId .*1,64/],
    ['a client id of 65 characters', { clientId: 'x'.repeat(65) }, RangeError, /^clientId .*1,64/],
    ['a client id with "|"', { clientId: 'x|securemode=3' }, RangeError, /^clientId .*\|/],
    ['a client id that is null', { clientId: null }, TypeError, /^clientId must be string/],
    ['half a surrogate pair', { clientId: 'x\ud83d' }, RangeError, /^clientId must be well-formed Unicode$/],
    ['half a surrogate pair in the secret', { deviceSecret: '\udc00x' }, RangeError, /^deviceSecret .*well-formed/],
    ['a sign method it does not know', { signMethod: 'hmacsha512' }, RangeError, /^signMethod .*md5\|sha1\|sha256/],
    ['a sign method in capitals', { signMethod: 'HMACSHA1' }, RangeError, /^signMethod /],
    ['a sign method that every object has', { signMethod: 'toString' }, RangeError, /^signMethod /],
    ['a sign method of a wrong type', { signMethod: 256 }, TypeError, /^signMethod must be string, not number$/],
    ['a timestamp with a fraction', { timestamp: 1.5 }, RangeError, /^timestamp /],
    ['a negative timestamp', { timestamp: -1 }, RangeError, /^timestamp /],
    ['a timestamp that is not a number', { timestamp: Number.NaN }, RangeError, /^timestamp /],
    ['a timestamp too large for its digits', { timestamp: 1e21 }, RangeError, /^timestamp /],
    ['an empty timestamp', { timestamp: '' }, RangeError, /^timestamp /],
    ['a timestamp with more than digits', { timestamp: '789,ext=1' }, RangeError, /^timestamp /],
    ['a date as a timestamp', { timestamp: new Date(0) }, TypeError, /^timestamp must be string, not object$/],
    ['a secure that is text', { secure: 'false' }, TypeError, /^secure must be boolean, not string$/],
    ['extensions that are text', { extensions: 'ext=1' }, TypeError, /^extensions must be object, not string$/],
    ['extensions that are null', { extensions: null }, TypeError, /null/],
    ['an extension that is a number', { extensions: { ext: 1 } }, TypeError, /^extensions must be string, not number$/],
    ...['securemode', 'signmethod', 'timestamp'].map(
      (name): Refusal => [
        `an extension in place of ${name}`,
        { extensions: { [name]: '2' } },
        RangeError,
        /^extensions /,
      ],
    ),
    ...[',', '|', '='].flatMap((mark): Refusal[] => [
      [`an extension with "${mark}" in its name`, { extensions: { [`a${mark}b`]: '1' } }, RangeError, /^extensions /],
      [`an extension with "${mark}" in its value`, { extensions: { ext: `a${mark}b` } }, RangeError, /^extensions /],
    ]),
    ['an extension without a name', { extensions: { '': '1' } }, RangeError, /^extensions /],
    ['an hmac that is not a function', { hmac: 'sha1' }, TypeError, /^hmac must be function, not string$/],
    [
      'an hmac that gives a promise',
      { hmac: async () => new Uint8Array(32) },
      TypeError,
      /^hmac must return 32 bytes$/,
    ],
    ['an hmac that gives text', { hmac: () => '0'.repeat(64) }, TypeError, /^hmac must return 32 bytes$/],
    ['an hmac that gives nothing', { hmac: () => undefined }, TypeError, /^hmac must return 32 bytes$/],
    ['an hmac of another method', { hmac: () => new Uint8Array(20) }, TypeError, /^hmac must return 32 bytes$/],
  ];
  for (const [what, wrong, ErrorType, message] of REFUSED) {
    it(what, () => {
      const error = failureOf(() => sign({ ...DEVICE, ...wrong } as unknown as SignOptions));
      expect(error).toBeInstanceOf(ErrorType);
      expect(error.message).toMatch(message);
      expect(error.message).not.toContain('\n');
    });
  }
});

describe('aliyun', () => {
  it('signs the example of the documents in over ws', () => {
    expect(aliyun({ ...SEED, region: 'cn-shanghai', secure: false })).toEqual({
      url: 'ws://pk.iot-as-mqtt.cn-shanghai.aliyuncs.com:443',
      clientId: '12345|securemode=3,signmethod=hmacsha1,timestamp=789|',
      username: 'device&pk',
      password: 'fafd82a3d602b37fb0fa8b7892f24a477f851a14',
      keepAlive: 300,
    });
  });

  it('signs the example of the documents in over wss', () => {
    expect(aliyun({ ...SEED, region: 'cn-shanghai' })).toEqual({
      url: 'wss://pk.iot-as-mqtt.cn-shanghai.aliyuncs.com:443',
      clientId: '12345|securemode=2,signmethod=hmacsha1,timestamp=789|',
      username: 'device&pk',
      password: 'fafd82a3d602b37fb0fa8b7892f24a477f851a14',
      keepAlive: 300,
    });
  });

  it('takes the instance of an enterprise in place of a region', () => {
    const { url } = aliyun({ ...DEVICE, instanceId: 'iot-cn-0pp1n8t' });
    expect(url).toBe('wss://iot-cn-0pp1n8t.mqtt.iothub.aliyuncs.com:443');
  });

  const HOSTS = [
    ['localhost', 'wss://localhost:443'],
    ['broker.example.com', 'wss://broker.example.com:443'],
    ['127.0.0.1:8443', 'wss://127.0.0.1:8443'],
    ['[::1]', 'wss://[::1]:443'],
    ['[2001:DB8::1]:8443', 'wss://[2001:DB8::1]:8443'],
  ] as const;
  for (const [host, url] of HOSTS) {
    it(`turns the host ${host} into ${url}`, () => {
      expect(aliyun({ ...DEVICE, host }).url).toBe(url);
      expect(aliyun({ ...DEVICE, host, secure: false }).url).toBe(url.replace('wss', 'ws'));
      expect(() => new URL(url)).not.toThrow();
    });
  }

  it('agrees with sign', () => {
    const { clientId, username, password } = aliyun(IN_SHANGHAI);
    expect({ clientId, username, password }).toEqual(sign(DEVICE));
  });

  it('makes the client id of product key and device name if none is given', () => {
    const options = aliyun({ ...IN_SHANGHAI, clientId: undefined });
    expect(options.clientId).toBe('a1Zd7n5yTt8.deng|securemode=2,signmethod=hmacsha256|');
    expect(options.password).toBe(sign({ ...DEVICE, clientId: 'a1Zd7n5yTt8.deng' }).password);
  });

  it('takes a keep alive from 30 to 1200 seconds', () => {
    for (const keepAlive of [30, 31, 1199, 1200])
      expect(aliyun({ ...IN_SHANGHAI, keepAlive }).keepAlive).toBe(keepAlive);
  });

  it('passes on what is not its own, untouched, and nothing of the device', () => {
    const others = { cleanSession: false, reconnect: { minDelay: 5_000 }, webSocketOptions: { ca: 'PEM' } } as const;
    const options = aliyun({ ...IN_SHANGHAI, ...others, extensions: { ext: '1' }, hmac: () => new Uint8Array(32) });
    expect(Object.keys(options).sort()).toEqual(
      ['cleanSession', 'clientId', 'keepAlive', 'password', 'reconnect', 'url', 'username', 'webSocketOptions'].sort(),
    );
    expect(options.reconnect).toBe(others.reconnect);
    expect(options.webSocketOptions).toBe(others.webSocketOptions);
  });

  it('has a type that connect takes, and that knows what was passed on', () => {
    const options = aliyun({
      ...IN_SHANGHAI,
      cleanSession: false,
      reconnect: false,
      will: { topic: 'a', payload: 'b', qos: 1 },
    });
    expectTypeOf(options).toExtend<ConnectOptions & { url: string }>();
    expectTypeOf(options.reconnect).toEqualTypeOf<false>();
    expectTypeOf(options).not.toHaveProperty('deviceSecret');
  });
});

describe('aliyun refuses', () => {
  const REFUSED: readonly Refusal[] = [
    ['to guess the endpoint', { region: undefined }, TypeError, /^exactly one of region, instanceId, host/],
    ['a region beside an instance', { instanceId: 'iot-1' }, TypeError, /^exactly one of region, instanceId, host/],
    ['a region beside a host', { host: 'localhost' }, TypeError, /^exactly one of region, instanceId, host/],
    ['an empty region', { region: '' }, RangeError, /^productKey or region /],
    ['a region with a path', { region: 'evil.example/' }, RangeError, /^productKey or region /],
    ['a region that is not text', { region: 1 }, TypeError, /^productKey or region must be string, not number$/],
    ['a product key that is still masked', { productKey: 'a1B******' }, RangeError, /^productKey or region /],
    ['an instance with a path', { region: undefined, instanceId: 'a/b' }, RangeError, /^instanceId /],
    ['an instance that is null', { region: undefined, instanceId: null }, TypeError, /^instanceId must be string/],
    ...[
      '',
      'wss://localhost',
      'localhost/mqtt',
      'me@localhost',
      'localhost:',
      'a..b',
      '::1',
      '[::1',
      'a b',
      'a\\b',
      '[g]',
    ].map((host): Refusal => [`the host "${host}"`, { region: undefined, host }, RangeError, /^host must match /]),
    ['a host that is a URL object', { region: undefined, host: new URL('ws://a') }, TypeError, /^host must be string/],
    ...[0, 29, 1201, 60.5, -60, Number.NaN, Number.POSITIVE_INFINITY].map(
      (keepAlive): Refusal => [
        `a keep alive of ${keepAlive} seconds`,
        { keepAlive },
        RangeError,
        new RegExp(`^keepAlive must be 30 to 1200 whole seconds, not ${keepAlive}$`),
      ],
    ),
    ['a keep alive in text', { keepAlive: '60' }, TypeError, /^keepAlive must be number, not string$/],
    ['what sign refuses', { signMethod: 'md5' }, RangeError, /^signMethod /],
    [
      'names too long for a client id of its own',
      { clientId: undefined, deviceName: 'x'.repeat(60) },
      RangeError,
      /^clientId /,
    ],
  ];

  for (const [what, wrong, ErrorType, message] of REFUSED) {
    it(what, () => {
      const error = failureOf(() => aliyun({ ...IN_SHANGHAI, ...wrong } as unknown as AliyunOptions));
      expect(error).toBeInstanceOf(ErrorType);
      expect(error.message).toMatch(message);
    });
  }
});

describe('the device secret', () => {
  it('is in no error, in whatever field it was put', () => {
    const FIELDS = ['productKey', 'deviceName', 'deviceSecret', 'clientId', 'timestamp', 'signMethod', 'secure'];
    const MORE = ['extensions', 'hmac', 'keepAlive', 'region', 'instanceId', 'host'];
    const ill = fc.constantFrom('', '&', '|', '=', '/', ' ', '\n', '\ud800').map((mark) => `${mark}${SECRET}${mark}`);
    const wrong = fc.oneof(ill, fc.anything(), fc.dictionary(ill, ill), fc.constant(SECRET));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...FIELDS, ...MORE), wrong, { minKeys: 1 }), (fields) => {
        try {
          aliyun({ ...IN_SHANGHAI, ...fields } as unknown as AliyunOptions);
        } catch (error) {
          expect(String(error) + JSON.stringify(error)).not.toContain(SECRET);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the signer', () => {
  it('runs in an engine that has ES5 and typed arrays only', () => {
    const { outputFiles } = buildSync({
      entryPoints: ['src/aliyun/aliyun.ts'],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'mqtt',
      target: 'es2015',
    });
    const poor = `
      for (const name of ['Map', 'Set', 'WeakMap', 'WeakSet', 'Promise', 'Proxy', 'Reflect', 'BigInt', 'DataView', 'WebAssembly']) {
        delete globalThis[name];
      }
      const since2015 = ['slice', 'fill', 'map', 'from', 'of', 'at', 'forEach', 'reverse', 'entries', 'keys', 'values'];
      for (const name of since2015) delete Object.getPrototypeOf(Uint8Array.prototype)[name];
      for (const name of ['from', 'of']) delete Object.getPrototypeOf(Uint8Array)[name];
      for (const name of ['fill', 'find', 'includes', 'flat']) delete Array.prototype[name];
      for (const name of ['padStart', 'repeat', 'includes', 'startsWith', 'codePointAt']) delete String.prototype[name];
      for (const name of ['entries', 'fromEntries', 'values']) delete Object[name];`;
    const run = (options: object): unknown =>
      JSON.parse(
        runInNewContext(`${poor}\n${outputFiles[0]!.text}\nJSON.stringify(mqtt.aliyun(${JSON.stringify(options)}))`),
      );
    for (const signMethod of METHODS) {
      const options = { ...IN_SHANGHAI, deviceName: '设备😀', signMethod, extensions: { ext: '1' } };
      expect(run(options)).toEqual(aliyun(options));
    }
  });
});
