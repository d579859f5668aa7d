// What the broker and the clients did, as they tell it: the goals are judged from this alone.
import type { Packet } from '../../src/codec/codec.ts';
import type { ClientState } from '../../src/index.ts';
import type { ConnectionEvent, SessionEvent } from '../../src/testing/testing.ts';

interface PacketFact<K> {
  readonly kind: K;
  /** Which end sent it, or received it. */
  readonly by: 'client' | 'broker';
  readonly clientId: string;
  readonly packet: Packet;
}

export type Fact =
  | PacketFact<'sent'>
  | PacketFact<'received'>
  /** The application of a client has a message. */
  | {
      readonly kind: 'message';
      readonly clientId: string;
      readonly topic: string;
      readonly text: string;
      readonly retain: boolean;
    }
  | {
      readonly kind: 'state';
      readonly clientId: string;
      readonly state: ClientState;
      readonly cause?: Error | undefined;
    }
  | ({ readonly kind: 'connection' } & ConnectionEvent)
  | ({ readonly kind: 'session' } & SessionEvent);

/** The facts of one kind, in their order. */
export function of<K extends Fact['kind']>(facts: readonly Fact[], kind: K): Extract<Fact, { kind: K }>[] {
  return facts.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind);
}
