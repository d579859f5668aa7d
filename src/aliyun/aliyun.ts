/**
 * How a device signs in to Alibaba Cloud IoT Platform over MQTT: with a client id that says how it signs, a user name
 * that says who it is, and a password that proves it without showing the secret.
 *
 *   content   clientId{clientId}deviceName{deviceName}productKey{productKey}[timestamp{timestamp}]
 *   clientId  {clientId}|securemode={2|3},signmethod={signMethod}[,timestamp={timestamp}]|
 *   username  {deviceName}&{productKey}
 *   password  hex(HMAC(deviceSecret, content))
 *
 * The content is names and values, in alphabetical order, with nothing between. The timestamp is in the content and in
 * the client id, or in neither. Nothing else of the client id is signed: the password is the same over ws and wss.
 *
 * An error names the field and its rule, never the text it was given, which could be the secret.
 */
import { hex, hmac as ownHmac, type SignMethod } from './hmac.ts';

export type { SignMethod };

export interface SignOptions {
  productKey: string;
  deviceName: string;
  deviceSecret: string;
  /** Of your choice, 1 to 64 characters without `|`. A MAC address or a serial number is advised. */
  clientId: string;
  /** Milliseconds since 1970, as a number or its digits. The platform does not compare it with a clock. */
  timestamp?: number | string | undefined;
  /** Default `'hmacsha256'`. */
  signMethod?: SignMethod | undefined;
  /** Whether the connection is `wss` (the default) or `ws`. The client id has to say it. */
  secure?: boolean | undefined;
  /** Further parameters of the client id, such as `{ _v: 'paho-go-1.0.0' }`. They are not signed. */
  extensions?: Readonly<Record<string, string>> | undefined;
  /** The platform's own HMAC in place of ours. It returns 16 bytes for MD5, 20 for SHA-1, 32 for SHA-256, at once. */
  hmac?: ((signMethod: SignMethod, key: Uint8Array, content: Uint8Array) => Uint8Array) | undefined;
}

/** What CONNECT takes. */
export interface SignResult {
  clientId: string;
  username: string;
  /** Lower-case hexadecimal digits. */
  password: string;
}

/**
 * Client id, user name and password of a device, for any MQTT client.
 *
 * Throws a TypeError if a field is missing or of a wrong type, a RangeError if it is out of its range or alphabet.
 */
export function sign(options: SignOptions): SignResult {
  const { productKey, deviceName, deviceSecret, clientId, timestamp } = options;
  const { signMethod = 'hmacsha256', secure = true, extensions = {}, hmac = ownHmac } = options;
  check('productKey', productKey, /^[^&]+$/); // the user name has exactly one &
  check('deviceName', deviceName, /^[^&]+$/);
  check('deviceSecret', deviceSecret, /\S/);
  check('clientId', clientId, /^[^|]{1,64}$/);
  check('signMethod', signMethod, /^hmac(md5|sha1|sha256)$/);
  checkType('secure', secure, 'boolean');
  checkType('extensions', extensions, 'object');
  checkType('hmac', hmac, 'function');

  let content = `clientId${clientId}deviceName${deviceName}productKey${productKey}`;
  let parameters = `securemode=${secure ? 2 : 3},signmethod=${signMethod}`;
  if (timestamp !== undefined) {
    const digits = typeof timestamp === 'number' ? `${timestamp}` : timestamp;
    check('timestamp', digits, /^\d+$/);
    content += `timestamp${digits}`;
    parameters += `,timestamp=${digits}`;
  }
  for (const name of Object.keys(extensions)) {
    checkType('extensions', extensions[name], 'string');
    check('extensions', `${name}=${extensions[name]}`, /^(?!(securemode|signmethod|timestamp)=)[^,|=]+=[^,|=]*$/);
    parameters += `,${name}=${extensions[name]}`;
  }

  const mac = hmac(signMethod, utf8(deviceSecret), utf8(content));
  const size = { hmacmd5: 16, hmacsha1: 20, hmacsha256: 32 }[signMethod];
  if (mac?.length !== size) throw new TypeError(`hmac must return ${size} bytes`); // a promise has none
  return { clientId: `${clientId}|${parameters}|`, username: `${deviceName}&${productKey}`, password: hex(mac) };
}

/** Where the platform is, in one of three ways. */
export type AliyunEndpoint =
  /** Such as `'cn-shanghai'`, of a classic public instance: `{productKey}.iot-as-mqtt.{region}.aliyuncs.com`. */
  | { region: string; instanceId?: undefined; host?: undefined }
  /** Of an enterprise instance, or a public one opened since 2021-07-30: `{instanceId}.mqtt.iothub.aliyuncs.com`. */
  | { instanceId: string; region?: undefined; host?: undefined }
  /** Anything else: a name or an address (IPv6 in brackets), with a port unless it is 443. */
  | { host: string; region?: undefined; instanceId?: undefined };

export type AliyunOptions = Omit<SignOptions, 'clientId'> &
  AliyunEndpoint & {
    /** As of {@link SignOptions}. Default `{productKey}.{deviceName}`. */
    clientId?: string | undefined;
    /** Seconds, 30 to 1200 as the platform wants it. Default 300; more suits a bad network. */
    keepAlive?: number | undefined;
  };

export interface AliyunConnectOptions extends SignResult {
  url: string;
  /** Seconds. */
  keepAlive: number;
}

/**
 * What `connect` takes to sign a device in: `connect(aliyun(device))`. Options that are not its own, such as
 * `cleanSession` or `reconnect`, it passes on untouched; mind that the platform has no will, no retain and no QoS 2.
 *
 * Throws as {@link sign} does, a RangeError also for a keep alive that the platform would refuse, and a TypeError also
 * if not exactly one of region, instanceId and host is given.
 */
export function aliyun<const Options extends AliyunOptions>(
  options: Options,
): AliyunConnectOptions & Omit<Options, keyof AliyunOptions> {
  // biome-ignore format: its own options, and what it passes on
  const {
    productKey, deviceName, deviceSecret, clientId = `${productKey}.${deviceName}`, timestamp, signMethod,
    secure = true, extensions, hmac, region, instanceId, host, keepAlive = 300, ...passedOn
  } = options;
  const signed = sign({ ...options, clientId });

  checkType('keepAlive', keepAlive, 'number');
  if (keepAlive < 30 || keepAlive > 1200 || keepAlive % 1 !== 0) {
    throw new RangeError(`keepAlive must be 30 to 1200 whole seconds, not ${keepAlive}`);
  }

  const endpoints: [field: string, given: unknown, authority: string | undefined][] = [
    ['productKey or region', region, `${productKey}.iot-as-mqtt.${region}.aliyuncs.com`],
    ['instanceId', instanceId, `${instanceId}.mqtt.iothub.aliyuncs.com`],
    ['host', host, host],
  ];
  const chosen = endpoints.filter(([, given]) => given !== undefined);
  if (chosen.length !== 1) throw new TypeError('exactly one of region, instanceId, host must be given');
  const [field, given, authority] = chosen[0]!;
  checkType(field, given, 'string');
  check(field, authority, /^([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\])(:\d+)?$/i);
  const port = /:\d+$/.test(authority) ? '' : ':443';

  return { ...passedOn, url: `ws${secure ? 's' : ''}://${authority}${port}`, ...signed, keepAlive };
}

function checkType(field: string, value: unknown, type: string): void {
  if (typeof value !== type) throw new TypeError(`${field} must be ${type}, not ${typeof value}`);
}

function check(field: string, text: unknown, rule: RegExp): asserts text is string {
  checkType(field, text, 'string');
  if (!rule.test(text as string)) throw new RangeError(`${field} must match ${rule}`);
  try {
    encodeURIComponent(text as string);
  } catch {
    throw new RangeError(`${field} must be well-formed Unicode`); // it has half a surrogate pair
  }
}

/**
 * By way of percent-encoding, which is UTF-8 in every engine: `%` and two digits, or an ASCII character. `utf8.ts` is
 * for speed and takes twice the room.
 */
function utf8(text: string): Uint8Array {
  const units = encodeURIComponent(text).match(/%..|./g)!;
  return new Uint8Array(units.map((unit) => (unit[1] ? parseInt(unit.slice(1), 16) : unit.charCodeAt(0))));
}
