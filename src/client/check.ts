// Mistakes that TypeScript finds and plain JavaScript does not, and numbers out of their range.
import type { PublishOptions } from './options.ts';

/** Names that options have in MQTT.js, or had here, and what they must be. */
const NAMES: Readonly<Record<string, string>> = {
  keepalive: 'keepAlive',
  clean: 'cleanSession',
  reconnectPeriod: 'reconnect.minDelay',
  rejectUnauthorized: 'webSocketOptions.rejectUnauthorized',
  ca: 'webSocketOptions.ca',
  cert: 'webSocketOptions.cert',
  key: 'webSocketOptions.key',
  protocolVersion: 'none (it is 4)',
  credentials: 'beforeConnect',
};

/** Options that are whole numbers. */
const NUMBERS =
  /^(keepAlive|qos[12]?|minDelay|max(Inflight|Delay|Queued|PacketSize|FrameSize|Waiting(Bytes)?)|(connect|ping)Timeout)$/;

function check(isRight: boolean, what: string, be: string, value: unknown, Refusal = TypeError): void {
  if (!isRight) throw new Refusal(`${what} must be ${be}, not ${typeof value === 'string' ? `'${value}'` : value}`);
}

/**
 * Checks the options of a client, of a publish or of a subscription. Other names pass. Infinity means never, or no
 * limit. A `qos` over 2 and a `keepAlive` over 65,535 are left to the codec, which names the clause they break.
 *
 * Throws TypeError for a name of MQTT.js and for a value of another type, RangeError for a number out of range.
 */
export function checkOptions(options: object, path = ''): void {
  const { maxDelay = 1 / 0 } = options as { maxDelay?: number };
  for (const name in options) {
    const value: unknown = options[name as keyof typeof options];
    const field = path + name;
    check(!NAMES[name], 'option', NAMES[name]!, name);
    if (value === undefined) continue;
    if (/^(will|reconnect|maxInflight)$/.test(name) && Object(value) === value)
      checkOptions(value as object, `${name}.`);
    else if (/^(cleanSession|retain|initial)$/.test(name))
      check(typeof value === 'boolean', field, 'true or false', value);
    else if (NUMBERS.test(name)) {
      const isCount = /Inflight|qos\d/.test(name);
      const min = isCount || /Timeout/.test(name) ? 1 : 0;
      const max = isCount ? 65_535 : name === 'minDelay' ? maxDelay : 1 / 0;
      const be = `a whole number from ${min} ${max < 1 / 0 ? `to ${max}` : 'on'}`;
      check(typeof value === 'number', field, be, value);
      const isRight = (value as number) >= min && (value as number) <= max && !((value as number) % 1); // Infinity % 1 is NaN
      check(isRight, field, be, value, RangeError);
    }
  }
}

/** A callback, as MQTT.js takes it in place of the options or behind them, would never be called. */
export function checkPublish(options: PublishOptions, callback: unknown): void {
  const { qos = 0, retain = false } = options;
  check(typeof (callback ?? options) !== 'function', 'options', 'an object (await the promise)', 'function');
  if (![0, 1, 2].includes(qos) || typeof retain !== 'boolean') checkOptions(options); // it would take long for each message
}

/** Passes bytes on. Throws TypeError for another value in their place, such as an object that was meant to be JSON. */
export function checkBytes<T>(value: T, field: string): T {
  check(ArrayBuffer.isView(value), field, 'a Uint8Array or string (JSON.stringify, String)', typeof value);
  return value; // the codec looks at it more closely
}

export function checkEvent(event: string): void {
  check(/^(state|error|unrouted|packet)$/.test(event), 'event', 'state, error, unrouted or packet', event);
}
