// Who sees to each statement of the standard. Statements that bind a server alone need no entry.
import type { Clause } from '../../src/codec/codec.ts';

export type Duty =
  /** The codec refuses whatever breaks it, naming one of these clauses. */
  | { readonly kind: 'enforced'; readonly clauses: readonly Clause[]; readonly note?: string }
  /** What breaks it cannot be written down. */
  | { readonly kind: 'type'; readonly note: string }
  /** Something we do, or do not do: a test has the statement in its title. */
  | { readonly kind: 'shown'; readonly title: string; readonly note?: string }
  | { readonly kind: 'server'; readonly note?: string }
  | { readonly kind: 'application'; readonly note: string };

const enforced = (...clauses: Clause[]): Duty => ({ kind: 'enforced', clauses });
const impossible = (note: string): Duty => ({ kind: 'type', note });
const application = (note: string): Duty => ({ kind: 'application', note });
const server = (note: string): Duty => ({ kind: 'server', note });
const shown = (title: string): Duty => ({ kind: 'shown', title });

export const duties: Readonly<Record<string, Duty>> = {
  'MQTT-1.5.3-1': enforced('MQTT-1.5.3-1'),
  'MQTT-1.5.3-2': enforced('MQTT-1.5.3-2'),
  'MQTT-1.5.3-3': shown('[MQTT-1.5.3-3]'),
  'MQTT-2.2.2-1': shown('[MQTT-2.2.2-1]'),
  'MQTT-2.2.2-2': enforced('MQTT-2.2.2-2'),
  'MQTT-2.3.1-1': enforced('MQTT-2.3.1-1'),
  'MQTT-2.3.1-2': shown('[MQTT-2.3.1-2]'),
  'MQTT-2.3.1-3': shown('[MQTT-2.3.1-3]'),
  'MQTT-2.3.1-5': enforced('MQTT-2.3.1-5'),
  'MQTT-2.3.1-6': shown('[MQTT-2.3.1-6]'),
  'MQTT-2.3.1-7': shown('[MQTT-2.3.1-7]'),
  'MQTT-3.1.0-1': shown('[MQTT-3.1.0-1]'),
  'MQTT-3.1.2-1': enforced('MQTT-3.1.2-1'),
  'MQTT-3.1.2-2': enforced('MQTT-3.1.2-2'),
  'MQTT-3.1.2-3': enforced('MQTT-3.1.2-3'),
  'MQTT-3.1.2-4': shown('[MQTT-3.1.2-4]'),
  'MQTT-3.1.2-6': shown('[MQTT-3.1.2-6]'),
  'MQTT-3.1.2-9': enforced('§2.2.3'),
  'MQTT-3.1.2-11': enforced('MQTT-3.1.2-13', 'MQTT-3.1.2-15', '§2.2.3'),
  'MQTT-3.1.2-13': enforced('MQTT-3.1.2-13'),
  'MQTT-3.1.2-14': enforced('MQTT-3.1.2-14'),
  'MQTT-3.1.2-15': enforced('MQTT-3.1.2-15'),
  'MQTT-3.1.2-18': enforced('§2.2.3'),
  'MQTT-3.1.2-19': enforced('§2.2.3'),
  'MQTT-3.1.2-20': enforced('§2.2.3'),
  'MQTT-3.1.2-21': enforced('§2.2.3'),
  'MQTT-3.1.2-22': enforced('MQTT-3.1.2-22'),
  'MQTT-3.1.2-23': shown('[MQTT-3.1.2-23]'),
  'MQTT-3.1.3-1': shown('[MQTT-3.1.3-1]'),
  'MQTT-3.1.3-2': application('only it knows whether another client has the same client id'),
  'MQTT-3.1.3-3': enforced('§2.2.3'),
  'MQTT-3.1.3-4': enforced('MQTT-1.5.3-1', 'MQTT-1.5.3-2'),
  'MQTT-3.1.3-7': enforced('MQTT-3.1.3-7'),
  'MQTT-3.1.3-10': enforced('MQTT-1.5.3-1', 'MQTT-1.5.3-2'),
  'MQTT-3.1.3-11': enforced('MQTT-1.5.3-1', 'MQTT-1.5.3-2'),
  'MQTT-3.1.4-1': server('the decoder refuses such a CONNECT'),
  'MQTT-3.2.0-1': shown('[MQTT-3.2.0-1]'),
  'MQTT-3.2.2-1': shown('[MQTT-3.2.2-1]'),
  'MQTT-3.2.2-4': enforced('MQTT-3.2.2-4'),
  'MQTT-3.3.1-1': shown('[MQTT-3.3.1-1]'),
  'MQTT-3.3.1-2': enforced('MQTT-3.3.1-2'),
  'MQTT-3.3.1-4': enforced('MQTT-3.3.1-4'),
  'MQTT-3.3.2-1': enforced('MQTT-1.5.3-1', 'MQTT-1.5.3-2', '§2.2.3'),
  'MQTT-3.3.2-2': enforced('MQTT-3.3.2-2'),
  'MQTT-3.3.4-1': shown('[MQTT-3.3.4-1]'),
  'MQTT-3.6.1-1': enforced('MQTT-2.2.2-2'),
  'MQTT-3.8.1-1': enforced('MQTT-2.2.2-2'),
  'MQTT-3.8.3-1': enforced('MQTT-1.5.3-1', 'MQTT-1.5.3-2'),
  'MQTT-3.8.3-3': enforced('MQTT-3.8.3-3'),
  'MQTT-3.8.3-4': enforced('MQTT-3-8.3-4'),
  'MQTT-3.8.4-5': shown('[MQTT-3.8.4-5]'),
  'MQTT-3.9.3-1': shown('[MQTT-3.9.3-1]'),
  'MQTT-3.9.3-2': enforced('MQTT-3.9.3-2'),
  'MQTT-3.10.1-1': enforced('MQTT-2.2.2-2'),
  'MQTT-3.10.3-1': enforced('MQTT-1.5.3-1', 'MQTT-1.5.3-2'),
  'MQTT-3.10.3-2': enforced('MQTT-3.10.3-2'),
  'MQTT-3.14.1-1': enforced('MQTT-2.2.2-2'),
  'MQTT-3.14.4-1': shown('[MQTT-3.14.4-1]'),
  'MQTT-3.14.4-2': shown('[MQTT-3.14.4-2]'),
  'MQTT-4.1.0-1': shown('[MQTT-4.1.0-1]'),
  'MQTT-4.1.0-2': shown('[MQTT-4.1.0-2]'),
  'MQTT-4.3.1-1': enforced('MQTT-3.3.1-2'),
  'MQTT-4.3.2-1': shown('[MQTT-4.3.2-1]'),
  'MQTT-4.3.2-2': shown('[MQTT-4.3.2-2]'),
  'MQTT-4.3.3-1': shown('[MQTT-4.3.3-1]'),
  'MQTT-4.3.3-2': shown('[MQTT-4.3.3-2]'),
  'MQTT-4.4.0-1': shown('[MQTT-4.4.0-1]'),
  'MQTT-4.5.0-2': shown('[MQTT-4.5.0-2]'),
  'MQTT-4.6.0-1': shown('[MQTT-4.6.0-1]'),
  'MQTT-4.6.0-2': shown('[MQTT-4.6.0-2]'),
  'MQTT-4.6.0-3': shown('[MQTT-4.6.0-3]'),
  'MQTT-4.6.0-4': shown('[MQTT-4.6.0-4]'),
  'MQTT-4.7.1-1': enforced('MQTT-3.3.2-2'),
  'MQTT-4.7.1-2': enforced('MQTT-4.7.1-2'),
  'MQTT-4.7.1-3': enforced('MQTT-4.7.1-3'),
  'MQTT-4.7.2-1': shown('[MQTT-4.7.2-1]'),
  'MQTT-4.7.3-1': enforced('MQTT-4.7.3-1'),
  'MQTT-4.7.3-2': enforced('MQTT-1.5.3-2'),
  'MQTT-4.7.3-3': enforced('MQTT-4.7.3-3'),
  'MQTT-4.7.3-4': shown('[MQTT-4.7.3-4]'),
  'MQTT-4.8.0-1': shown('[MQTT-4.8.0-1]'),
  'MQTT-4.8.0-2': shown('[MQTT-4.8.0-2]'),
  'MQTT-6.0.0-1': shown('[MQTT-6.0.0-1]'),
  'MQTT-6.0.0-2': shown('[MQTT-6.0.0-2]'),
  'MQTT-6.0.0-3': shown('[MQTT-6.0.0-3]'),
  'MQTT-6.0.0-4': shown('[MQTT-6.0.0-4]'),
  'MQTT-7.0.0-2': impossible('there is no extension to require'),
  'MQTT-7.1.1-1': server('ours is a client'),
  'MQTT-7.1.2-1': shown('[MQTT-7.1.2-1]'),

  '1.5.3-U1': application('we accept them: the receiver MAY close'),
  '1.5.3-U2': enforced('§1.5.3', 'MQTT-4.7.3-3'),
  '2.2.3-U1': enforced('§2.2.3'),
  '2.2.1-U1': enforced('§2.2.1'),
  '2.2.3-U2': enforced('§2.2.3'),
  '3.1.2-U1': shown('no PINGRESP'),
  '3.1.4-U3': application('not used: this client waits for its CONNACK'),
  '3.2.0-U1': shown('no CONNACK'),
  '3.2.2-U1': enforced('§3.2.2.1'),
  '3.2.2-U2': enforced('§3.2.2.3'),
  '3.2.2-U4': application('it is told whether the server had a session'),
  '4.4-U1': shown('[§4.4]'),
};

/** Statements whose test is still to be written. It must become empty. */
export const PENDING: readonly string[] = [];
