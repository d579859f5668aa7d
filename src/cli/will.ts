// The will of pub, sub and ping: what the broker publishes when their connection is lost (3.1.2.5).
import { connect, encodedLength, type QoS } from '../codec/codec.ts';
import type { ConnectOptions } from '../index.node.ts';
import { refuseAsUsage, UsageError, type Values } from './command.ts';

export const WILL_OPTIONS = {
  'will-topic': { type: 'string', value: 'TOPIC', says: 'where the broker publishes when this client is lost' },
  'will-message': { type: 'string', value: 'TEXT', says: 'what it publishes there; default: an empty message' },
  'will-qos': { type: 'string', choices: ['0', '1', '2'], says: 'with which quality of service; default: 0' },
  'will-retain': { type: 'boolean', says: 'the broker keeps it for later subscribers' },
} as const;

/** The will, or undefined where there is none. */
export function willOf(values: Values<typeof WILL_OPTIONS>): ConnectOptions['will'] {
  const { 'will-topic': topic, 'will-message': payload = '', 'will-qos': qos = '0', 'will-retain': retain } = values;
  if (topic === undefined) {
    const given = Object.keys(WILL_OPTIONS).find((name) => values[name as keyof typeof WILL_OPTIONS] !== undefined);
    if (given !== undefined) throw new UsageError(`--${given} needs a --will-topic`);
    return undefined;
  }
  const will = {
    topic,
    payload: new Uint8Array(Buffer.from(payload)),
    qos: Number(qos) as QoS,
    retain: retain === true,
  };
  refuseAsUsage(() => encodedLength(connect({ clientId: '', will }))); // no connection is made for an illegal one
  return will;
}
