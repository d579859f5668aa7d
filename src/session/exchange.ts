/*
 * 4.3 Quality of Service levels and protocol flows: what an exchange goes through, in one table for the sender and one
 * for the receiver. A line is a state, and says what comes of each event in this state. sender.ts and receiver.ts look
 * up every step here, and know no others. QoS 0 (figure 4.1) has no states at its sender, because nothing answers it.
 */
import type { Clause } from '../codec/error.ts';
import {
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBACK,
  SUBSCRIBE,
  UNSUBACK,
  UNSUBSCRIBE,
} from '../codec/packets/packet.ts';

/**
 * The type of the answer that comes; or a new connection, to a broker that has resumed the session, that has lost it,
 * or that has resumed one which may be younger than the exchange: the session is in doubt.
 */
export type SenderEvent = number | 'resumed' | 'doubtful' | 'lost';

/**
 * PUBREL: it is sent, and is the next state. 'send', 'send with DUP': the packet that was sent last is sent again.
 * 'send and reject': that too, and the exchange fails, but its identifier is free only after the answer. 'done', or a
 * failure with its clause and message: the exchange settles, and its identifier is free.
 */
export type SenderOutcome = typeof PUBREL | 'send' | 'send with DUP' | 'send and reject' | 'done' | Failure;

export type Failure = readonly [clause: Clause, message: string];

const DOWNGRADED: Failure = ['MQTT-4.3.3-1', 'the broker downgraded a QoS 2 PUBLISH to QoS 1, with PUBACK'];
export const FATE_UNKNOWN: Failure = [
  'MQTT-3.1.2-4',
  'the session may be lost after the PUBREC: the message may be delivered or not',
];

/**
 * A state is the packet that was sent last: the QoS of a PUBLISH, the type of any other packet, 0 for none. Where a line
 * does not name a session in doubt, it is as one that is resumed.
 */
export const SENDER: Table<number, SenderEvent, SenderOutcome> = {
  // 4.3.2, figure 4.2
  1: { [PUBACK]: 'done', resumed: 'send with DUP', lost: 'send' },
  // 4.3.3, figure 4.3
  2: {
    [PUBREC]: PUBREL,
    [PUBACK]: DOWNGRADED,
    resumed: 'send with DUP',
    lost: 'send',
  },
  [PUBREL]: {
    [PUBREC]: PUBREL,
    [PUBCOMP]: 'done',
    resumed: 'send',
    doubtful: 'send and reject',
    lost: FATE_UNKNOWN,
  },
  0: { [PUBREC]: PUBREL }, // so that the broker can forget the message too
  // 3.8.4, 3.10.4
  [SUBSCRIBE]: { [SUBACK]: 'done', resumed: 'send', lost: 'send' },
  [UNSUBSCRIBE]: { [UNSUBACK]: 'done', resumed: 'send', lost: 'send' },
};

/** What an answer violates in a state that does not list it. */
export const VIOLATIONS: Readonly<Record<number, Clause>> = {
  [PUBACK]: 'MQTT-2.3.1-6',
  [PUBREC]: 'MQTT-2.3.1-6',
  [PUBCOMP]: 'MQTT-2.3.1-6',
  [SUBACK]: 'MQTT-2.3.1-7',
  [UNSUBACK]: 'MQTT-2.3.1-7',
};

/** The type of the packet that comes; what the application says of the message; or the broker has lost the session. */
export type ReceiverEvent = number | 'accepted' | 'rejected' | 'lost';

type ReceiverState = 'unknown' | 'processing' | 'accepted' | 'rejected';

/**
 * A word is the next state; a message that enters 'processing' is delivered. A packet type is sent, and after PUBCOMP
 * the identifier is unknown again. 'repeat': the message is acknowledged once more, in its turn.
 */
export type ReceiverOutcome = ReceiverState | 'repeat' | typeof PUBACK | typeof PUBREC | typeof PUBCOMP;

/** Figures 4.1 to 4.3. The events 1 and 2 are that a message of this QoS has its turn to be acknowledged (4.6). */
export const RECEIVER: Table<ReceiverState, ReceiverEvent, ReceiverOutcome> = {
  unknown: { [PUBLISH]: 'processing', [PUBREL]: PUBCOMP },
  processing: { [PUBLISH]: 'repeat', [PUBREL]: PUBCOMP, accepted: 'accepted', rejected: 'rejected', lost: 'unknown' },
  accepted: { [PUBLISH]: 'repeat', [PUBREL]: PUBCOMP, 1: PUBACK, 2: PUBREC, lost: 'unknown' },
  rejected: {},
};

type Table<State extends number | string, Event extends number | string, Outcome> = Readonly<
  Record<State, Readonly<Partial<Record<Event, Outcome>>>>
>;
