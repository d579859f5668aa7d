/**
 * How a device signs in to Alibaba Cloud IoT Platform over MQTT: with a client id that says how it signed, a user name
 * that says who it is, and a password that proves it without showing the secret.
 *
 *   content   clientId{clientId}deviceName{deviceName}productKey{productKey}[timestamp{timestamp}]
 *   clientId  {clientId}|securemode={2|3},signmethod={signMethod}[,timestamp={timestamp}]|
 *   username  {deviceName}&{productKey}
 *   password  hex(HMAC(deviceSecret, content))
 *
 * The content has names and values, in alphabetical order, and nothing between them. A timestamp stands in the content
 * and in the client id, or in neither. No other parameter of the client id is signed, so the password is the same over
 * ws and wss.
 *
 * Errors name the field and its rule, never a text they were given: it could be the secret.
 */
import { type Hash, hex, md5, hmac as ownHmac, sha1, sha256 } from './hmac.ts';

const HASHES: Readonly<Record<SignMethod, Hash>> = { hmacmd5: md5, hmacsha1: sha1, hmacsha256: sha256 };

export type SignMethod = 'hmacmd5' | 'hmacsha1' | 'hmacsha256';

/** A platform's own HMAC, synchronous: 16 bytes for `hmacmd5`, 20 for `hmacsha1`, 32 for `hmacsha256`. */
export type Hmac = (signMethod: SignMethod, key: Uint8Array, content: Uint8Array) => Uint8Array;

export interface SignOptions {
  productKey: string;
  deviceName: string;
  deviceSecret: string;
  /** The client id of your choice, 1 to 64 characters without `|`. A MAC address or serial number is advised. */
  clientId: string;
  /** Milliseconds since 1970, or the same in digits. The platform does not compare it with its clock. */
  timestamp?: number | string | undefined;
  /** Default `hmacsha256`. */
  signMethod?: SignMethod | undefined;
  /** Whether the connection is `wss` (the default) or `ws`: the client id has to say it. */
  secure?: boolean | undefined;
  /** Further parameters of the client id, such as `{ _v: 'paho-go-1.0.0' }`. They are not signed. */
  extensions?: Readonly<Record<string, string>> | undefined;
  /** Computes the HMAC in place of the built-in one. */
  hmac?: Hmac | undefined;
}

/** What the CONNECT packet takes. */
export interface SignResult {
  clientId: string;
  username: string;
  /** Hexadecimal digits, lower case. */
  password: string;
}

/**
 * Client id, user name and password of a device, for any MQTT client.
 *
 * Throws a TypeError for a field that is missing or of a wrong type, a RangeError for one out of its range or alphabet.
 */
export function sign(options: SignOptions): SignResult {
  const { productKey, deviceName, deviceSecret, clientId, timestamp } = options;
  const { signMethod = 'hmacsha256', secure = true, extensions = {}, hmac = builtInHmac } = options;
  check('productKey', productKey, /^[^&]+$/, 'non-empty and free of "&"');
  check('deviceName', deviceName, /^[^&]+$/, 'non-empty and free of "&"'); // the user name has exactly one
  check('deviceSecret', deviceSecret, /[^]/, 'non-empty');
  check('clientId', clientId, /^[^|]{1,64}$/, '1 to 64 characters, none of them "|"');
  check('signMethod', signMethod, /^hmac(md5|sha1|sha256)$/, 'hmacmd5, hmacsha1 or hmacsha256');
  checkType('secure', secure, 'boolean');
  checkType('extensions', extensions, 'object');
  checkType('hmac', hmac, 'function');

  let content = `clientId${clientId}deviceName${deviceName}productKey${productKey}`;
  let parameters = `securemode=${secure ? 2 : 3},signmethod=${signMethod}`;
  if (timestamp !== undefined) {
    const digits = typeof timestamp === 'number' ? `${timestamp}` : timestamp;
    check('timestamp', digits, /^\d+$/, 'a whole number of milliseconds');
    content += `timestamp${digits}`;
    parameters += `,timestamp=${digits}`;
  }
  for (const name of Object.keys(extensions)) {
    const value = extensions[name];
    check(
      'the name of an extension',
      name,
      /^(?!(securemode|signmethod|timestamp)$)[^,|=]+$/,
      'new, non-empty and free of ",", "|", "="',
    );
    check('the value of an extension', value, /^[^,|=]*$/, 'free of ",", "|", "="');
    parameters += `,${name}=${value}`;
  }

  const mac = hmac(signMethod, utf8(deviceSecret), utf8(content));
  const size = 4 * HASHES[signMethod].initial.length;
  if (mac?.length !== size) throw new TypeError(`hmac must return ${size} bytes, not a promise or text`);
  return { clientId: `${clientId}|${parameters}|`, username: `${deviceName}&${productKey}`, password: hex(mac) };
}

const builtInHmac: Hmac = (signMethod, key, content) => ownHmac(HASHES[signMethod], key, content);

/** Exactly one of three ways to say where the platform is. */
export type AliyunEndpoint =
  /** A classic public instance: `{productKey}.iot-as-mqtt.{region}.aliyuncs.com`. */
  | { region: string; instanceId?: undefined; host?: undefined }
  /** An enterprise instance, or a public one opened since 2021-07-30: `{instanceId}.mqtt.iothub.aliyuncs.com`. */
  | { instanceId: string; region?: undefined; host?: undefined }
  /** Any other: a name or address (IPv6 in brackets), with its port where it is not 443. */
  | { host: string; region?: undefined; instanceId?: undefined };

export type AliyunOptions = Omit<SignOptions, 'clientId'> &
  AliyunEndpoint & {
    /** Default `{productKey}.{deviceName}`. */
    clientId?: string | undefined;
    /** Seconds, 30 to 1200, the platform's limits; default 300. More is kinder to a bad network. */
    keepAlive?: number | undefined;
  };

export interface AliyunConnectOptions extends SignResult {
  url: string;
  /** Seconds. */
  keepAlive: number;
}

/**
 * The options with which `connect` signs a device in: `connect(aliyun(device))`. What is not named in AliyunOptions,
 * such as `cleanSession` or `reconnect`, is passed on as it is. The platform offers no will, no retain and no QoS 2.
 *
 * Throws what `sign` throws, a RangeError for a keep alive that the platform would refuse, and a TypeError unless
 * exactly one of region, instanceId and host is given.
 */
export function aliyun<const Options extends AliyunOptions>(
  options: Options,
): AliyunConnectOptions & Omit<Options, keyof AliyunOptions> {
  // biome-ignore format: the named ones, and what is passed on
  const {
    productKey, deviceName, deviceSecret, clientId = `${productKey}.${deviceName}`, timestamp, signMethod, secure = true,
    extensions, hmac, region, instanceId, host, keepAlive = 300, ...passedOn
  } = options;
  const signedIn = sign({ ...options, clientId });
  checkType('keepAlive', keepAlive, 'number');
  if (!(keepAlive >= 30 && keepAlive <= 1200 && keepAlive % 1 === 0)) {
    throw new RangeError(`keepAlive must be 30 to 1200 whole seconds, not ${keepAlive}`);
  }
  return { ...passedOn, url: `${secure ? 'wss' : 'ws'}://${authority(options)}`, ...signedIn, keepAlive };
}

function authority({ productKey, region, instanceId, host }: AliyunOptions): string {
  if ([region, instanceId, host].filter((way) => way !== undefined).length !== 1) {
    throw new TypeError('exactly one of region, instanceId and host must be given');
  }
  if (host !== undefined) {
    check('host', host, /^(\[[\da-f:.]+\]|[^\s:/?#@[\]\\]+)(:\d+)?$/i, 'a name or address, with or without a port');
    return /:\d+$/.test(host) ? host : `${host}:443`;
  }
  if (instanceId !== undefined) return `${label('instanceId', instanceId)}.mqtt.iothub.aliyuncs.com:443`;
  return `${label('productKey', productKey)}.iot-as-mqtt.${label('region', region)}.aliyuncs.com:443`;
}

function label(field: string, text: unknown): string {
  check(field, text, /^[\w-]+$/, 'letters, digits, "-" and "_"');
  return text;
}

function checkType(field: string, value: unknown, type: string): void {
  const actual = value === null ? 'null' : typeof value;
  if (actual !== type) throw new TypeError(`${field} must be of type ${type}, not ${actual}`);
}

function check(field: string, text: unknown, rule: RegExp, words: string): asserts text is string {
  checkType(field, text, 'string');
  if (!rule.test(text as string)) throw new RangeError(`${field} must be ${words}`);
  try {
    encodeURIComponent(text as string);
  } catch {
    throw new RangeError(`${field} must be well-formed Unicode`);
  }
}

function utf8(text: string): Uint8Array {
  const units = encodeURIComponent(text).replace(/%(..)/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
  const bytes = new Uint8Array(units.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = units.charCodeAt(i);
  return bytes;
}
