// What is exchanged with every broker: the whole product of the ways to send one message.
import type { QoS } from '../../../src/codec/codec.ts';
import type { Behaviour, Fault } from './brokers.ts';

/** In bytes: 64 KiB is the most that a will can have (3.1.3.3). */
export const SIZES = { empty: 0, small: 11, '64 KiB': 65_535, '1 MiB': 1_048_576 } as const;
type Size = keyof typeof SIZES;

export interface Case {
  /** Published by a client that is there, or by the broker for one that was cut. */
  readonly kind: 'message' | 'will';
  readonly size: Size;
  readonly qos: QoS;
  readonly retain: boolean;
  /** CleanSession of the receiver, which is away during the publish if this is false, or of the client that has the will. */
  readonly cleanSession: boolean;
}

export function casesOf({ faults }: Behaviour): Case[] {
  const has = (fault: Fault) => faults.includes(fault);
  const levels: QoS[] = has('closes on QoS 2') ? [0, 1] : [0, 1, 2];
  const sizes = { message: ['empty', 'small', '1 MiB'], will: ['empty', 'small', '64 KiB'] } as const;
  const cases = (['message', 'will'] as const).flatMap((kind) =>
    sizes[kind].flatMap((size) =>
      (kind === 'will' ? ([0, 1, 2] as const) : levels).flatMap((qos) =>
        [false, true].flatMap((retain) =>
          [true, false].map((cleanSession) => ({ kind, size, qos, retain, cleanSession })),
        ),
      ),
    ),
  );
  const isForgotten = ({ kind, qos, cleanSession }: Case) => kind === 'message' && qos === 0 && !cleanSession;
  return has('forgets QoS 0 sessions') ? cases.filter((one) => !isForgotten(one)) : cases;
}

export function titleOf({ kind, size, qos, retain, cleanSession }: Case): string {
  const what = `${retain ? 'a retained' : 'a'} ${kind} (${size}, QoS ${qos})`;
  if (kind === 'message') return `${what} reaches ${cleanSession ? 'who is there' : 'a session whose client was away'}`;
  return `${what} of a client ${cleanSession ? 'without' : 'with'} a session is published when it is cut`;
}
