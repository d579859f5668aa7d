import { connect, encode } from '../../../codec/codec.ts';
import { bytesOf, type Check, checkBytes } from '../check.ts';

type Options = Required<Pick<Parameters<typeof connect>[0], 'clientId' | 'cleanSession' | 'keepAlive'>> &
  Parameters<typeof connect>[0];

interface Answer {
  encodeConnect(options: Options): Uint8Array;
}

const least = { clientId: 'a', cleanSession: true, keepAlive: 60 };
const will = { topic: 'wt', payload: bytesOf('77 6d'), qos: 0, retain: false } as const;

const CASES: readonly (readonly [name: string, Options])[] = [
  ['a client identifier alone', least],
  ['a session that is kept, and the longest keep alive', { ...least, cleanSession: false, keepAlive: 65_535 }],
  ['an empty client identifier, and no keep alive', { ...least, clientId: '', keepAlive: 0 }],
  ['a user name', { ...least, username: 'u' }],
  ['an empty user name, which is one', { ...least, username: '' }],
  ['a password that is not text', { ...least, username: 'u', password: bytesOf('00 ff c0') }],
  ['a will of QoS 0', { ...least, will }],
  ['a will of QoS 1, retained', { ...least, will: { ...will, qos: 1, retain: true } }],
  ['a will of QoS 2, with an empty message', { ...least, will: { ...will, qos: 2, payload: bytesOf('') } }],
  ['everything, in its order', { ...least, will, username: 'u', password: bytesOf('70 77') }],
  ['a client identifier of 130 bytes, so that the length takes two', { ...least, clientId: 'a'.repeat(130) }],
];

export const checks: readonly Check<Answer>[] = CASES.map(([name, options]) => ({
  name: `writes ${name}`,
  run: ({ encodeConnect }) => checkBytes(encodeConnect(options), encode(connect(options))),
}));
