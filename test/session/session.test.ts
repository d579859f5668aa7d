import { describe, expect, it, vi } from 'vitest';
import {
  connack,
  connect,
  disconnect,
  type Packet,
  pingreq,
  pingresp,
  puback,
  pubcomp,
  pubrec,
  pubrel,
  suback,
  subscribe,
  unsuback,
  unsubscribe,
} from '../../src/codec/codec.ts';
import { QueueFullError } from '../../src/session/error.ts';
import { createSession } from '../../src/session/session.ts';
import { errorOf } from '../support/refusal.ts';
import { say } from '../support/say.ts';
import { stepsOf } from '../support/stepped-map.ts';
import { message, World } from '../support/world.ts';

const SUBSCRIPTION = { topicFilter: 'f', qos: 1 } as const;

it.each([0, -1, Number.NaN])('refuses maxInflight %s, with which nothing could ever be sent', (maxInflight) => {
  const effects = { send() {}, deliver() {}, restoreFailed() {} };
  expect(() => createSession(effects, { maxInflight })).toThrow(RangeError);
});

describe('each state of an exchange and each packet with its identifier', () => {
  /** A world with one exchange in this state, under identifier 1. */
  const states: Record<string, () => World> = {
    unknown: () => World.online(),
    published1: () => {
      const world = World.online();
      world.publish('t', 1);
      return world;
    },
    published2: () => {
      const world = World.online();
      world.publish('t', 2);
      return world;
    },
    released: () => {
      const world = World.online();
      world.publish('t', 2);
      world.receive(pubrec(1));
      return world;
    },
    subscribing: () => {
      const world = World.online();
      world.subscribe('t');
      return world;
    },
    unsubscribing: () => {
      const world = World.online();
      world.unsubscribe('t');
      return world;
    },
  };
  const acknowledgements: Record<string, Packet> = {
    PUBACK: puback(1),
    PUBREC: pubrec(1),
    PUBREL: pubrel(1),
    PUBCOMP: pubcomp(1),
    SUBACK: suback({ packetId: 1, returnCodes: [1] }),
    UNSUBACK: unsuback(1),
  };
  // PUBREL belongs to the messages that come in, whose identifiers are the broker's
  const table = `
    state          PUBACK        PUBREC       PUBREL       PUBCOMP       SUBACK        UNSUBACK
    unknown        -             PUBREL_#1    PUBCOMP_#1   -             -             -
    published1     t_done        2.3.1-6      PUBCOMP_#1   2.3.1-6       2.3.1-7       2.3.1-7
    published2     downgraded    PUBREL_#1    PUBCOMP_#1   2.3.1-6       2.3.1-7       2.3.1-7
    released       2.3.1-6       PUBREL_#1    PUBCOMP_#1   t_done        2.3.1-7       2.3.1-7
    subscribing    2.3.1-6       2.3.1-6      PUBCOMP_#1   2.3.1-6       t_granted_1   2.3.1-7
    unsubscribing  2.3.1-6       2.3.1-6      PUBCOMP_#1   2.3.1-6       2.3.1-7       t_left
  `;
  const [head, ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/));
  const cases = rows.flatMap(([state, ...cells]) => cells.map((cell, i) => [state!, head![i + 1]!, cell] as const));

  const clauses: Record<string, string> = { '2.3.1-6': 'MQTT-2.3.1-6', '2.3.1-7': 'MQTT-2.3.1-7' };

  it.each(cases)('%s and %s: %s [MQTT-2.3.1-6] [MQTT-2.3.1-7]', (state, name, expected) => {
    const world = states[state]!();
    world.happened();
    const act = () => world.receive(acknowledgements[name]!);
    if (clauses[expected] !== undefined) {
      const error = errorOf(act);
      expect(error.clause).toBe(clauses[expected]);
      // it is not sent again, since the answer would be the same
      expect(world.happened()).toStrictEqual([`t failed: ${error.message}`]);
      return expect(world.session.inflightCount).toBe(0);
    }
    act();
    const downgraded = 't failed: the broker downgraded a QoS 2 PUBLISH to QoS 1, with PUBACK';
    const happened = expected === 'downgraded' ? `${downgraded} [MQTT-4.3.3-1]` : expected.replaceAll('_', ' ');
    expect(world.happened()).toStrictEqual(expected === '-' ? [] : [happened]);
    const isOver = /done|granted|left|downgraded/.test(expected) || state === 'unknown';
    expect(world.session.inflightCount).toBe(isOver ? 0 : 1);
  });

  it.each([
    connect({ clientId: 'c' }),
    connack(),
    subscribe({ packetId: 1, subscriptions: [SUBSCRIPTION] }),
    unsubscribe({ packetId: 1, topicFilters: ['f'] }),
    pingreq(),
    pingresp(),
    disconnect(),
  ])('packet type $type is nothing a session may hear', (packet) => {
    expect(errorOf(() => World.online().receive(packet)).clause).toBe('§2.2.1');
  });
});

describe('a message that goes out', () => {
  it('with QoS 0 is done when it is sent', () => {
    const world = World.online();
    world.publish('a');
    expect(world.happened()).toStrictEqual(['PUBLISH a', 'a done']);
  });

  it.each([
    [undefined, 100, 20],
    [5, 5, 5],
    [{ qos2: 3 }, 100, 3],
    [{ qos1: 7 }, 7, 20],
  ])('waits when maxInflight is %o and %i of QoS 1 or %i of QoS 2 are in flight', (maxInflight, qos1, qos2) => {
    const world = World.online({ maxInflight });
    for (let i = 0; i < 200; i++) {
      world.publish('a', 1);
      world.publish('b', 2);
    }
    const sent = world.happened();
    expect(sent.filter((one) => one.startsWith('PUBLISH a'))).toHaveLength(qos1);
    expect(sent.filter((one) => one.startsWith('PUBLISH b'))).toHaveLength(qos2);
    world.receive(pubrec(2)); // it is in flight until its PUBCOMP
    expect(world.happened()).toStrictEqual(['PUBREL #2']);
    world.receive(pubcomp(2), puback(1));
    const next = [`PUBLISH b q2 #${qos1 + qos2 + 1}`, `PUBLISH a q1 #${qos1 + qos2 + 2}`];
    expect(world.happened().filter((one) => !one.endsWith('done'))).toStrictEqual(next);
  });

  it('begins with the packet identifier that it is told', () => {
    const world = World.online({ firstPacketId: 65_535 });
    world.publish('a', 1);
    world.publish('b', 1);
    expect(world.happened()).toStrictEqual(['PUBLISH a q1 #65535', 'PUBLISH b q1 #1']);
  });

  it.each([0, 1, 2] as const)('that cannot be sent fails, with QoS %i, and no other does', (qos) => {
    const log: string[] = [];
    let isBroken = false;
    const session = createSession({
      send(packet) {
        if (isBroken && packet.type === 3 && packet.topic === 'bad') throw new TypeError('detached');
        log.push(say(packet));
      },
      deliver() {},
      restoreFailed() {},
    });
    session.connected(false);
    const publish = (topic: string) => session.publish(message(topic, qos), (error) => log.push(`${topic} ${error}`));
    publish('before');
    publish('bad');
    isBroken = true; // it was sent, and cannot be sent again
    publish('bad');
    session.disconnected();
    session.connected(true);
    publish('behind');
    expect(log.filter((one) => one === 'bad TypeError: detached')).toHaveLength(qos === 0 ? 1 : 2);
    expect(session.inflightCount).toBe(qos === 0 ? 0 : 2);
  });

  it('with QoS 1 has DUP 0 and a new identifier, and is done at its PUBACK [MQTT-4.3.2-1]', () => {
    const world = World.online();
    world.publish('a', 1);
    world.publish('b', 1);
    expect(world.happened()).toStrictEqual(['PUBLISH a q1 #1', 'PUBLISH b q1 #2']);
    world.receive(puback(1));
    world.receive(puback(2));
    expect(world.happened()).toStrictEqual(['a done', 'b done']);
  });

  it('with QoS 2 takes four packets, and is sent no more after its PUBREL [MQTT-4.3.3-1]', () => {
    const world = World.online();
    world.publish('a', 2);
    world.receive(pubrec(1));
    expect(world.happened()).toStrictEqual(['PUBLISH a q2 #1', 'PUBREL #1']);
    world.reconnect(true);
    expect(world.happened()).toStrictEqual(['PUBREL #1']);
    world.receive(pubcomp(1));
    expect(world.happened()).toStrictEqual(['a done']);
    world.reconnect(true);
    expect(world.happened()).toStrictEqual([]);
  });

  it('waits in its place while there is no connection', () => {
    const world = new World();
    world.publish('a', 1);
    world.publish('b', 0);
    world.publish('c', 2);
    expect(world.happened()).toStrictEqual([]);
    expect(world.session.queuedCount).toBe(3);
    world.session.connected(false);
    expect(world.happened()).toStrictEqual(['PUBLISH a q1 #1', 'PUBLISH b', 'b done', 'PUBLISH c q2 #2']);
    expect(world.session.queuedCount).toBe(0);
  });

  it('waits while as many as maxInflight are not acknowledged, and QoS 0 does not', () => {
    const world = World.online({ maxInflight: 2 });
    for (const topic of ['a', 'b', 'c', 'd']) world.publish(topic, 1);
    world.publish('e', 0);
    expect(world.happened()).toStrictEqual(['PUBLISH a q1 #1', 'PUBLISH b q1 #2', 'PUBLISH e', 'e done']);
    world.receive(puback(2));
    expect(world.happened()).toStrictEqual(['b done', 'PUBLISH c q1 #3']);
  });

  it('is refused when as many as maxQueued wait, and only then', () => {
    const world = World.online({ maxInflight: 1, maxQueued: 2 });
    world.publish('a', 1);
    world.publish('b', 1);
    const last = world.publish('c', 1);
    expect(() => world.publish('d', 1)).toThrow(QueueFullError);
    expect(() => world.publish('d', 1)).toThrow('2 publishes are waiting already');
    world.publish('e', 0); // needs no place
    world.session.cancel(last);
    world.publish('f', 1);
    expect(world.session.queuedCount).toBe(2);
    world.session.disconnected();
    expect(() => world.publish('g', 0)).toThrow(QueueFullError);
    expect(() => new World({ maxQueued: 0 }).publish('h', 0)).toThrow(QueueFullError);
    World.online({ maxQueued: 0 }).publish('i', 1);
  });

  it('is stepped over once while it waits, however often the queue moves on', () => {
    const drain = (waiting: number) => () => {
      const world = World.online({ maxInflight: 1, maxQueued: waiting });
      for (let i = 0; i <= waiting; i++) world.publish('t', 1);
      for (let i = 1; i <= waiting; i++) world.receive(puback(i));
      expect(world.session.queuedCount).toBe(0);
    };
    expect(stepsOf(drain(1_000)) - stepsOf(drain(500))).toBe(500);
  });

  it('can be taken back while it waits, and not when it was sent', () => {
    const world = World.online({ maxInflight: 1 });
    const first = world.publish('a', 1);
    const second = world.publish('b', 1);
    expect([world.session.cancel(first), world.session.cancel(second)]).toStrictEqual([false, true]);
    expect(world.session.cancel(second)).toBe(false);
    world.happened();
    world.receive(puback(1));
    expect(world.happened()).toStrictEqual(['a done']);
  });

  it('keeps its place when others before and behind it are taken back', () => {
    const world = World.online({ maxInflight: 1 });
    const [, , c, , e] = ['a', 'b', 'c', 'd', 'e', 'f'].map((topic) => world.publish(topic, 1));
    world.receive(puback(1));
    world.session.cancel(c!);
    world.session.cancel(e!);
    world.publish('g', 1);
    world.happened();
    world.receive(puback(2), puback(3), puback(4), puback(5));
    const sent = ['b done', 'PUBLISH d q1 #3', 'd done', 'PUBLISH f q1 #4', 'f done', 'PUBLISH g q1 #5', 'g done'];
    expect(world.happened()).toStrictEqual(sent);
  });
});

describe('packet identifiers', () => {
  it('are never in use already, and all 65,535 serve; the 65,536th message waits [MQTT-2.3.1-2]', () => {
    const world = World.online({ maxInflight: 1e9, maxQueued: 10 });
    for (let i = 0; i < 65_535; i++) world.publish('t', 1);
    const sent = world.happened();
    expect(new Set(sent).size).toBe(65_535);
    expect(sent[0]).toBe('PUBLISH t q1 #1');
    expect(sent.at(-1)).toBe('PUBLISH t q1 #65535');
    world.publish('waits', 2);
    world.subscribe('f');
    expect(world.happened()).toStrictEqual([]);
    expect(world.session.queuedCount).toBe(2);
    world.receive(puback(777));
    expect(world.happened()).toStrictEqual(['t done', 'SUBSCRIBE #777 f:1']); // a request goes first
    world.receive(puback(4711));
    expect(world.happened()).toStrictEqual(['t done', 'PUBLISH waits q2 #4711']);
  });

  it('are free again only after the last acknowledgement was processed [MQTT-2.3.1-3]', () => {
    const world = World.online({ maxInflight: 65_535 });
    world.publish('two', 2);
    world.receive(pubrec(1));
    world.subscribe('f');
    world.unsubscribe('g');
    for (let i = 3; i < 65_535; i++) {
      world.publish('t', 1);
      world.receive(puback(i + 1));
    }
    world.happened();
    world.publish('round', 1);
    expect(world.happened()).toStrictEqual(['PUBLISH round q1 #4']); // 1, 2 and 3 wait for theirs
    world.receive(pubcomp(1), suback({ packetId: 2, returnCodes: [0] }), unsuback(3));
    expect(world.happened()).toStrictEqual(['two done', 'f granted 0', 'g left']);
  });

  it('stay with a packet that is sent again [MQTT-2.3.1-3]', () => {
    const world = World.online();
    world.publish('a', 1);
    world.publish('b', 2);
    world.publish('c', 2);
    world.receive(pubrec(2));
    world.subscribe('f');
    world.unsubscribe('g');
    world.happened();
    world.reconnect(true);
    const again = ['PUBLISH a q1 #1 dup', 'PUBLISH c q2 #3 dup', 'PUBREL #2', 'SUBSCRIBE #4 f:1', 'UNSUBSCRIBE #5 g'];
    expect(world.happened().sort()).toStrictEqual(again.sort());
  });
});

describe('after a reconnect', () => {
  it('to a session that is still there, what is not acknowledged is sent again with DUP [MQTT-3.3.1-1] [MQTT-4.4.0-1] [MQTT-4.1.0-1]', () => {
    const world = World.online();
    world.publish('a', 1);
    world.publish('b', 2);
    world.publish('c', 2);
    world.receive(pubrec(3));
    world.happened();
    world.reconnect(true);
    expect(world.happened()).toStrictEqual(['PUBLISH a q1 #1 dup', 'PUBLISH b q2 #2 dup', 'PUBREL #3']);
    world.receive(puback(1), pubrec(2), pubcomp(3), pubcomp(2));
    expect(world.happened()).toStrictEqual(['a done', 'PUBREL #2', 'c done', 'b done']);
  });

  it('messages are sent again in the order in which they were first sent [MQTT-4.6.0-1]', () => {
    const world = World.online({ maxInflight: 5 });
    for (const topic of ['a', 'b', 'c', 'd', 'e', 'later']) world.publish(topic, topic < 'c' ? 2 : 1);
    world.receive(puback(3));
    world.happened();
    for (let i = 0; i < 2; i++) {
      world.reconnect(true);
      expect(world.happened()).toStrictEqual([
        'PUBLISH a q2 #1 dup',
        'PUBLISH b q2 #2 dup',
        'PUBLISH d q1 #4 dup',
        'PUBLISH e q1 #5 dup',
        'PUBLISH later q1 #6 dup',
      ]);
    }
  });

  it('that order outlives a turn of the identifiers', () => {
    const world = World.online({ maxInflight: 2 });
    for (let i = 1; i < 65_535; i++) {
      world.publish('t', 1);
      world.receive(puback(i));
    }
    world.publish('a', 1);
    world.publish('b', 1);
    world.happened();
    world.reconnect(true);
    expect(world.happened()).toStrictEqual(['PUBLISH a q1 #65535 dup', 'PUBLISH b q1 #1 dup']);
  });

  it('what is sent for the first time has DUP 0 and comes behind', () => {
    const world = World.online();
    world.publish('a', 1);
    world.session.disconnected();
    world.publish('b', 1);
    world.happened();
    world.session.connected(true);
    expect(world.happened()).toStrictEqual(['PUBLISH a q1 #1 dup', 'PUBLISH b q1 #2']);
  });

  it('nothing is sent twice on one connection [§4.4]', () => {
    const world = World.online();
    world.publish('a', 1);
    world.publish('b', 2);
    world.publish('c', 1);
    world.receive(puback(3));
    world.receive(pubrec(2));
    world.receive(message('in', 1, 9));
    world.session.accept(world.receipts[0]!);
    expect(world.happened().filter((line) => line.startsWith('PUBLISH'))).toHaveLength(3);
  });

  it('to a broker without the session, messages are new ones, and one past its PUBREC fails [MQTT-3.1.2-6]', () => {
    const world = World.online();
    world.publish('a', 1);
    world.publish('b', 2);
    world.publish('c', 2);
    world.receive(pubrec(2));
    world.happened();
    world.reconnect(false);
    const [a, c, b, ...rest] = world.happened();
    expect([a, c, rest]).toStrictEqual(['PUBLISH a q1 #1', 'PUBLISH c q2 #3', []]);
    expect(b).toMatch(/^b failed: .* the message may be delivered or not \[MQTT-3.1.2-4\]$/);
  });

  it('to a session that may be another, one past its PUBREC fails, and its identifier is free after its PUBCOMP', () => {
    const world = World.online();
    world.publish('a', 2);
    world.receive(pubrec(1));
    world.publish('b', 2);
    world.happened();
    world.session.disconnected();
    world.session.connected(true, true);
    const [released, failed, again] = world.happened();
    expect([released, again]).toStrictEqual(['PUBREL #1', 'PUBLISH b q2 #2 dup']);
    expect(failed).toMatch(/^a failed: .* \[MQTT-3.1.2-4\]$/);
    expect(world.session.inflightCount).toBe(2);
    world.receive(pubcomp(1));
    expect([world.happened(), world.session.inflightCount]).toStrictEqual([[], 1]);
  });

  it('the session is resumed where it stood [MQTT-3.1.2-4] [MQTT-4.1.0-2]', () => {
    const world = World.online();
    world.receive(message('in', 2, 7));
    world.session.accept(world.receipts[0]!);
    world.subscribe('f');
    world.receive(suback({ packetId: 1, returnCodes: [1] }));
    world.happened();
    world.reconnect(true);
    expect(world.happened()).toStrictEqual([]); // the broker knows the subscription
    world.receive(message('in', 2, 7, true));
    expect(world.happened()).toStrictEqual(['PUBREC #7']); // and the client the message
  });
});

describe('a message that comes in', () => {
  it('is answered as its QoS demands: nothing, PUBACK, or PUBREC [MQTT-3.3.4-1] [MQTT-4.5.0-2]', () => {
    const world = World.online();
    world.receive(message('a', 0), message('b', 1, 5), message('c', 2, 6));
    expect(world.happened()).toStrictEqual(['deliver a', 'deliver b', 'deliver c']);
    for (const receipt of world.receipts) world.session.accept(receipt);
    expect(world.happened()).toStrictEqual(['PUBACK #5', 'PUBREC #6']);
  });

  it('with QoS 1 is a new one after its PUBACK, whatever its DUP says [MQTT-4.3.2-2]', () => {
    const world = World.online();
    world.receive(message('a', 1, 5));
    world.session.accept(world.receipts[0]!);
    world.receive(message('a', 1, 5, true));
    world.session.accept(world.receipts[1]!);
    expect(world.happened()).toStrictEqual(['deliver a', 'PUBACK #5', 'deliver a', 'PUBACK #5']);
  });

  it('with QoS 2 is delivered once, however often it comes before its PUBREL [MQTT-4.3.3-2]', () => {
    const world = World.online();
    world.receive(message('a', 2, 5), message('a', 2, 5, true));
    expect(world.happened()).toStrictEqual(['deliver a']);
    world.session.accept(world.receipts[0]!);
    expect(world.happened()).toStrictEqual(['PUBREC #5']); // once: it was asked twice, and one answer is due
    world.receive(message('a', 2, 5, true));
    expect(world.happened()).toStrictEqual(['PUBREC #5']);
    world.receive(pubrel(5));
    expect(world.happened()).toStrictEqual(['PUBCOMP #5']);
    world.receive(message('b', 2, 5));
    expect(world.happened()).toStrictEqual(['deliver b']); // after PUBCOMP, a new one
  });

  it('with QoS 2 is delivered once, also over a reconnect while it is processed [MQTT-4.3.3-2]', () => {
    const world = World.online();
    world.receive(message('a', 2, 5));
    world.reconnect(true);
    world.session.accept(world.receipts[0]!);
    expect(world.happened()).toStrictEqual(['deliver a']); // not yet repeated: nothing to answer on this connection
    world.receive(message('a', 2, 5, true));
    expect(world.happened()).toStrictEqual(['PUBREC #5']);
  });

  it('with QoS 2 and DUP 0 is a new one when the session present may be another [MQTT-3.3.1-1]', () => {
    const world = World.online();
    world.receive(message('a', 2, 5), message('b', 2, 6));
    for (const receipt of world.receipts) world.session.accept(receipt);
    world.happened();
    world.session.disconnected();
    world.session.connected(true, true);
    world.receive(message('a', 2, 5, true), message('c', 2, 6));
    expect(world.happened()).toStrictEqual(['PUBREC #5', 'deliver c']);
    world.receive(message('c', 2, 6, true)); // no doubt any more
    expect(world.happened()).toStrictEqual([]);
  });

  it('with QoS 2 to a session that is lost is a new one', () => {
    const world = World.online();
    world.receive(message('a', 2, 5));
    world.reconnect(false);
    world.receive(message('b', 2, 5));
    world.session.accept(world.receipts[0]!);
    expect(world.happened()).toStrictEqual(['deliver a', 'deliver b']);
    world.session.accept(world.receipts[1]!);
    expect(world.happened()).toStrictEqual(['PUBREC #5']);
  });

  it('an acknowledgement never goes to another connection than its message', () => {
    const world = World.online();
    world.receive(message('a', 1, 5));
    world.reconnect(true);
    world.session.accept(world.receipts[0]!);
    world.receive(message('a', 1, 5, true));
    expect(world.happened()).toStrictEqual(['deliver a', 'deliver a']);
    world.session.accept(world.receipts[1]!);
    expect(world.happened()).toStrictEqual(['PUBACK #5']);
  });

  it('PUBACKs leave in the order of their PUBLISHes [MQTT-4.6.0-2]', () => {
    const world = World.online();
    world.receive(message('a', 1, 1), message('b', 1, 2), message('c', 1, 3));
    world.happened();
    const [a, b, c] = world.receipts;
    world.session.accept(c!);
    world.session.accept(b!);
    expect(world.happened()).toStrictEqual([]);
    world.session.accept(a!);
    expect(world.happened()).toStrictEqual(['PUBACK #1', 'PUBACK #2', 'PUBACK #3']);
  });

  it('PUBRECs leave in the order of their PUBLISHes, and wait for no PUBACK [MQTT-4.6.0-3]', () => {
    const world = World.online();
    world.receive(message('x', 1, 9), message('a', 2, 1), message('b', 2, 2), message('c', 2, 3));
    world.happened();
    const [, a, b, c] = world.receipts;
    world.session.accept(b!);
    world.session.accept(c!);
    expect(world.happened()).toStrictEqual([]);
    world.session.accept(a!);
    expect(world.happened()).toStrictEqual(['PUBREC #1', 'PUBREC #2', 'PUBREC #3']);
  });

  it('a repeated PUBREC waits behind those of messages that came meanwhile [MQTT-4.6.0-3]', () => {
    const world = World.online();
    world.receive(message('a', 2, 1));
    world.session.accept(world.receipts[0]!);
    world.receive(message('b', 2, 2), message('a', 2, 1, true));
    expect(world.happened()).toStrictEqual(['deliver a', 'PUBREC #1', 'deliver b']);
    world.session.accept(world.receipts[1]!);
    expect(world.happened()).toStrictEqual(['PUBREC #2', 'PUBREC #1']);
  });

  it('PUBRECs of a new connection leave in the order of its PUBLISHes, whatever that of the old one was', () => {
    const world = World.online();
    world.receive(message('a', 2, 1), message('b', 2, 2), message('c', 2, 3));
    world.session.accept(world.receipts[1]!);
    world.reconnect(true);
    world.receive(message('a', 2, 1, true), message('c', 2, 3, true), message('b', 2, 2, true));
    world.happened();
    for (const i of [0, 2]) world.session.accept(world.receipts[i]!);
    expect(world.happened()).toStrictEqual(['PUBREC #1', 'PUBREC #3', 'PUBREC #2']);
  });

  it('is stepped over twice at most while it waits for its acknowledgement, however many wait', () => {
    const processAll = (count: number) => () => {
      const world = World.online();
      for (let i = 1; i <= count; i++) world.receive(message('t', 1, i));
      for (const receipt of world.receipts) world.session.accept(receipt);
      expect(world.happened()).toHaveLength(2 * count);
    };
    expect(stepsOf(processAll(1_000)) - stepsOf(processAll(500))).toBeLessThanOrEqual(1_000);
  });

  it('finds at most 100,000 others with the application, of all connections and identifiers [MQTT-4.8.0-2]', () => {
    const world = World.online();
    const flood = Array.from({ length: 50_000 }, () => message('t', 1, 1));
    world.receive(...flood);
    world.reconnect(true);
    world.receive(...flood.slice(1), message('t', 2, 2));
    world.happened();
    const oneMore = () => world.receive(message('u', 1, 3));
    expect(oneMore).toThrow(QueueFullError);
    expect(() => world.receive(message('u', 2, 4))).toThrow('100000 publishes are waiting already');
    world.receive(message('t', 2, 2, true)); // which they have
    expect([world.happened(), world.receipts.length]).toStrictEqual([[], 100_000]);
    world.session.accept(world.receipts[0]!);
    world.session.reject(world.receipts[99_999]!);
    oneMore();
    oneMore();
    expect(oneMore).toThrow(QueueFullError);
    expect(world.happened()).toStrictEqual(['deliver u', 'deliver u']);
  });

  it('PUBRELs leave in the order of their PUBRECs, also when sent again [MQTT-4.6.0-4]', () => {
    const world = World.online();
    for (const topic of ['a', 'b', 'c']) world.publish(topic, 2);
    world.happened();
    world.receive(pubrec(3), pubrec(1), pubrec(2));
    expect(world.happened()).toStrictEqual(['PUBREL #3', 'PUBREL #1', 'PUBREL #2']);
    world.reconnect(true);
    expect(world.happened()).toStrictEqual(['PUBREL #3', 'PUBREL #1', 'PUBREL #2']);
  });

  it('that the application fails on is not acknowledged, and holds nobody up', () => {
    const world = World.online();
    world.receive(message('a', 1, 1), message('b', 1, 2), message('c', 2, 3), message('d', 2, 4));
    world.happened();
    const [a, b, c, d] = world.receipts;
    world.session.accept(b!);
    world.session.accept(d!);
    world.session.reject(a!);
    world.session.reject(c!);
    expect(world.happened()).toStrictEqual(['PUBACK #2', 'PUBREC #4']);
    world.receive(message('c', 2, 3, true));
    expect(world.happened()).toStrictEqual(['deliver c']); // it comes again
  });

  it('whose PUBREL comes while it is processed is answered, and holds nobody up', () => {
    const world = World.online();
    world.receive(message('a', 2, 1), message('b', 2, 2));
    const [a, b] = world.receipts;
    world.session.accept(b!);
    world.happened();
    world.receive(pubrel(1));
    expect(world.happened()).toStrictEqual(['PUBCOMP #1']);
    world.session.accept(a!);
    expect(world.happened()).toStrictEqual(['PUBREC #2']);
  });

  it('is done once, also when the application says so twice', () => {
    const world = World.online();
    world.receive(message('a', 1, 1), message('b', 1, 2), message('c', 1, 3));
    world.happened();
    const [a, b, c] = world.receipts;
    world.session.accept(b!);
    world.session.reject(b!);
    world.session.accept(b!);
    world.session.reject(c!);
    world.session.accept(c!);
    world.session.accept(a!);
    expect(world.happened()).toStrictEqual(['PUBACK #1', 'PUBACK #2']);
  });

  it('may have the identifier of one that goes out', () => {
    const world = World.online();
    world.publish('out', 2);
    world.receive(message('in', 2, 1));
    world.session.accept(world.receipts[0]!);
    world.receive(pubrel(1), pubrec(1), pubcomp(1));
    expect(world.happened()).toStrictEqual([
      'PUBLISH out q2 #1',
      'deliver in',
      'PUBREC #1',
      'PUBCOMP #1',
      'PUBREL #1',
      'out done',
    ]);
  });
});

describe('a subscription', () => {
  const granted = (count: number, packetId: number) => suback({ packetId, returnCodes: new Array(count).fill(1) });

  it('has its return codes filter by filter, in their order [MQTT-3.9.3-1]', () => {
    const world = World.online();
    world.subscribe('a', 'b', 'c');
    world.receive(suback({ packetId: 1, returnCodes: [2, 0x80, 0] }));
    expect(world.happened()).toStrictEqual(['SUBSCRIBE #1 a:1 b:1 c:1', 'a b c granted 2 128 0']);
    world.reconnect(false);
    expect(world.happened()).toStrictEqual(['SUBSCRIBE #2 a:1 c:1']); // what was refused is not asked for again
  });

  it.each([1, 3])('with %i return codes for two filters breaks the protocol [MQTT-3.8.4-5]', (count) => {
    const world = World.online();
    world.subscribe('a', 'b');
    world.happened();
    const error = errorOf(() => world.receive(granted(count, 1)));
    expect(error.clause).toBe('MQTT-3.8.4-5');
    expect(world.happened()).toStrictEqual([`a b failed: ${error.message}`]);
    world.reconnect(true);
    expect(world.happened()).toStrictEqual([]);
  });

  it('is rejected when the decoder refuses its answer, and is not sent again [MQTT-3.9.3-2]', () => {
    const world = World.online();
    world.subscribe('f');
    world.publish('a', 1);
    world.happened();
    world.session.refused(pingresp(), new Error('that answers nothing'));
    world.session.refused(suback({ packetId: 7, returnCodes: [1] }), new Error('nobody asked'));
    expect(world.happened()).toStrictEqual([]);
    world.session.refused(
      { ...suback({ packetId: 1, returnCodes: [] }), returnCodes: [3 as 2] },
      new Error('reserved'),
    );
    world.session.refused(puback(2), new Error('a byte too many'));
    world.reconnect(true);
    expect(world.happened()).toStrictEqual(['f failed: reserved', 'a failed: a byte too many']);
  });

  it('waits for the UNSUBACK of the same filter, and others behind it', () => {
    const world = World.online();
    world.subscribe('f');
    world.receive(granted(1, 1));
    world.unsubscribe('f');
    world.subscribe('e', 'f');
    world.subscribe('g');
    world.reconnect(true);
    world.happened();
    world.receive(unsuback(2));
    expect(world.happened()).toStrictEqual(['f left', 'SUBSCRIBE #3 e:1 f:1', 'SUBSCRIBE #4 g:1']);
  });

  it('does not wait for an UNSUBSCRIBE behind it', () => {
    const world = new World();
    world.subscribe('f');
    world.unsubscribe('f');
    world.session.connected(false);
    expect(world.happened()).toStrictEqual(['SUBSCRIBE #1 f:1', 'UNSUBSCRIBE #2 f']);
  });

  it('tells whether it is granted, or may be, by filter', () => {
    const world = World.online();
    const are = () => ['f', 'g'].map((filter) => world.session.isSubscribed(filter));
    world.subscribe('f', 'g');
    expect(are()).toStrictEqual([true, true]);
    world.receive(suback({ packetId: 1, returnCodes: [0, 0x80] }));
    expect(are()).toStrictEqual([true, false]);
    world.unsubscribe('f');
    expect(are()).toStrictEqual([false, false]);
  });

  it('that is taken back is as if it had never been asked for', () => {
    const world = new World();
    world.session.cancel(world.subscribe('f'));
    expect(world.session.isSubscribed('f')).toBe(false);
  });

  it('never waits behind publishes', () => {
    const world = World.online({ maxInflight: 1 });
    world.publish('a', 1);
    world.publish('b', 1);
    world.subscribe('f');
    world.unsubscribe('g');
    expect(world.happened()).toStrictEqual(['PUBLISH a q1 #1', 'SUBSCRIBE #2 f:1', 'UNSUBSCRIBE #3 g']);
  });

  it('waits for the connection, where it goes before publishes, and can be taken back until then', () => {
    const world = new World();
    world.publish('a', 1);
    const first = world.subscribe('f');
    const second = world.subscribe('g');
    expect(world.session.cancel(first)).toBe(true);
    world.session.connected(false);
    expect(world.happened()).toStrictEqual(['SUBSCRIBE #1 g:1', 'PUBLISH a q1 #2']);
    expect(world.session.cancel(second)).toBe(false);
  });

  it('is made again when the broker has lost it, before anything is published', () => {
    const world = World.online();
    world.subscribe('f');
    world.receive(granted(1, 1));
    world.publish('a', 1);
    world.session.disconnected();
    world.publish('b', 1);
    world.happened();
    world.session.connected(false);
    expect(world.happened()).toStrictEqual(['SUBSCRIBE #3 f:1', 'PUBLISH a q1 #2', 'PUBLISH b q1 #4']);
    world.receive(suback({ packetId: 3, returnCodes: [0x80] }));
    expect(world.happened()).toStrictEqual(['not restored: f']);
  });

  it('is restored, too, when the session present may be another', () => {
    const world = World.online();
    world.subscribe('f');
    world.receive(granted(1, 1));
    world.publish('a', 1);
    world.happened();
    world.session.disconnected();
    world.session.connected(true, true);
    expect(world.happened()).toStrictEqual(['SUBSCRIBE #3 f:1', 'PUBLISH a q1 #2 dup']);
  });

  it('is restored eight filters at a time, for brokers that take no more', () => {
    const world = World.online();
    for (let i = 1; i <= 17; i++) {
      world.subscribe(`f${i}`);
      world.receive(granted(1, i));
    }
    world.happened();
    world.reconnect(false);
    const sizes = world.happened().map((line) => line.split(' ').length - 2);
    expect(sizes).toStrictEqual([8, 8, 1]);
    world.receive(granted(8, 18), granted(8, 19), granted(1, 20));
    expect(world.happened()).toStrictEqual([]);
  });

  it('is asked for once on each connection, however often connections break before the SUBACK', () => {
    const world = World.online();
    world.subscribe('f');
    world.receive(granted(1, 1));
    world.subscribe('new');
    world.happened();
    for (let i = 0; i < 3; i++) {
      world.reconnect(false);
      expect(
        world
          .happened()
          .join(' ')
          .match(/f:1|new:1/g)!
          .sort(),
      ).toStrictEqual(['f:1', 'new:1']);
    }
  });

  it('that was left is not restored, from the moment of leaving', () => {
    const world = World.online();
    world.subscribe('f', 'g');
    world.receive(granted(2, 1));
    world.unsubscribe('f');
    world.happened();
    world.reconnect(false);
    expect(world.happened()).toStrictEqual(['UNSUBSCRIBE #2 f', 'SUBSCRIBE #3 g:1']);
    world.receive(granted(1, 3), unsuback(2));
    world.happened();
    world.reconnect(false);
    expect(world.happened()).toStrictEqual(['SUBSCRIBE #4 g:1']);
  });

  it('that was left and made again is asked for behind the UNSUBSCRIBE', () => {
    const world = World.online();
    world.subscribe('f');
    world.receive(granted(1, 1));
    world.unsubscribe('f');
    world.session.disconnected();
    world.subscribe('f');
    world.happened();
    world.session.connected(false);
    expect(world.happened()).toStrictEqual(['UNSUBSCRIBE #2 f']);
    world.receive(unsuback(2));
    expect(world.happened()).toStrictEqual(['f left', 'SUBSCRIBE #3 f:1']);
  });

  it('that is left before its SUBACK is not restored, also when only the SUBACK has come', () => {
    const world = World.online();
    world.subscribe('f');
    world.unsubscribe('f');
    world.receive(granted(1, 1));
    world.happened();
    world.reconnect(false);
    expect(world.happened()).toStrictEqual(['UNSUBSCRIBE #2 f']);
  });

  it('that is left before its SUBACK is not restored', () => {
    const world = World.online();
    world.subscribe('f');
    world.unsubscribe('f');
    world.receive(granted(1, 1), unsuback(2));
    world.happened();
    world.reconnect(false);
    expect(world.happened()).toStrictEqual([]);
  });
});

describe('the end of a session', () => {
  it('settles everything that waits, once', () => {
    const world = World.online({ maxInflight: 1 });
    world.publish('a', 1);
    world.publish('b', 2);
    world.receive(pubrec(2));
    world.publish('c', 1);
    world.subscribe('f');
    world.session.disconnected();
    world.unsubscribe('g');
    world.publish('d', 0);
    world.happened();
    world.session.end(new Error('over'));
    world.session.end(new Error('over again'));
    expect(world.happened()).toStrictEqual(['a', 'b', 'f', 'g', 'd', 'c'].map((name) => `${name} failed: over`));
    expect([world.session.inflightCount, world.session.queuedCount]).toStrictEqual([0, 0]);
  });

  it('leaves nothing to acknowledge', () => {
    const world = World.online();
    world.receive(message('a', 1, 1), message('b', 2, 2));
    world.happened();
    world.session.end(new Error('over'));
    for (const receipt of world.receipts) world.session.accept(receipt);
    expect(world.happened()).toStrictEqual([]);
  });
});

describe('the records of a session', () => {
  const keeper = (options = {}) => {
    const kept = new Map<object, string>();
    const session = createSession(
      {
        send: () => {},
        deliver: () => {},
        restoreFailed: () => {},
        keep: (owner, record) => (record === undefined ? kept.delete(owner) : kept.set(owner, say(record))),
      },
      options,
    );
    return { session, kept: () => [...kept.values()] };
  };

  it('are those of what is not done, at every step', () => {
    const { session, kept } = keeper({ maxInflight: 1 });
    for (const qos of [0, 1, 2] as const) session.publish(message(`t${qos}`, qos), () => {});
    expect(kept()).toStrictEqual(['PUBLISH t1 q1 #0', 'PUBLISH t2 q2 #0']); // and none of QoS 0
    session.connected(false);
    expect(kept()).toStrictEqual(['PUBLISH t1 q1 #1', 'PUBLISH t2 q2 #2']);
    const waiting = session.publish(message('waits', 1), () => {});
    expect(kept()).toHaveLength(3);
    session.cancel(waiting);
    session.receive(puback(1));
    expect(kept()).toStrictEqual(['PUBLISH t2 q2 #2']);
    session.receive(pubrec(2));
    expect(kept()).toStrictEqual(['PUBREL #2']);
    session.receive(pubcomp(2));
    expect(kept()).toStrictEqual([]);
  });

  it('are left alone by a PUBREL for a message that nobody knows', () => {
    const keep = vi.fn();
    const session = createSession({ send() {}, deliver() {}, restoreFailed() {}, keep });
    session.connected(false);
    session.receive(pubrel(1));
    expect(keep).not.toHaveBeenCalled();
  });
});

describe('a session that is careful', () => {
  it('sends one by one what is in flight, PUBRELs first, and then what waits [MQTT-4.6.0-4]', () => {
    const world = World.online();
    world.publish('a', 2);
    world.publish('b', 1);
    world.publish('c', 2);
    world.receive(pubrec(3));
    world.session.isCareful = true;
    world.happened();
    world.reconnect(true);
    world.publish('d', 1);
    expect(world.happened()).toStrictEqual(['PUBREL #3']);
    world.receive(pubcomp(3));
    expect(world.happened()).toStrictEqual(['c done', 'PUBLISH a q2 #1 dup']);
    world.receive(pubrec(1));
    expect(world.happened()).toStrictEqual(['PUBREL #1']);
    world.receive(pubcomp(1));
    expect(world.happened()).toStrictEqual(['a done', 'PUBLISH b q1 #2 dup']);
    world.receive(puback(2));
    expect(world.happened()).toStrictEqual(['b done', 'PUBLISH d q1 #4']);
    expect(world.session.isCareful).toBe(false);
  });

  it('remembers that the broker has lost what it could not send again in time', () => {
    const world = World.online();
    world.publish('a', 2);
    world.publish('b', 2);
    world.receive(pubrec(2));
    world.publish('c', 1);
    world.session.isCareful = true;
    world.subscribe('f');
    world.session.disconnected();
    world.subscribe('g');
    world.happened();
    world.reconnect(false);
    expect(world.happened()).toStrictEqual([expect.stringContaining('b failed'), 'PUBLISH a q2 #1']);
    world.reconnect(true);
    expect(world.happened()).toStrictEqual(['PUBLISH a q2 #1 dup']);
    world.receive(pubrec(1), pubcomp(1));
    expect(world.happened()).toStrictEqual(['PUBREL #1', 'a done', 'PUBLISH c q1 #3']); // without DUP
  });
});
