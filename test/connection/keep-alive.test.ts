import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeepAlive } from '../../src/connection/keep-alive.ts';
import { prop } from '../support/arbitraries.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface Life {
  readonly keepAlive: number;
  /** When packets are sent and bytes received, in milliseconds. */
  readonly sends?: readonly number[];
  readonly hears?: readonly number[];
  /** How long the peer takes to answer a PINGREQ, in milliseconds; it never does if not given. */
  readonly answersAfter?: number;
  readonly until: number;
}

interface Story {
  readonly pings: readonly number[];
  /** All that was sent, PINGREQs too. */
  readonly sent: readonly number[];
  readonly heard: readonly number[];
  readonly dead: number | undefined;
}

/** Lives as the client does: asks with every packet, and when the timer for the deadline fires. */
function live({ keepAlive, sends = [], hears = [], answersAfter, until }: Life): Story {
  const keeper = createKeepAlive(keepAlive, 0);
  const toSend = [...sends].sort((a, b) => a - b);
  const toHear = [...hears].sort((a, b) => a - b);
  const pings: number[] = [];
  const sent = [0];
  const heard = [0];
  for (;;) {
    const now = Math.min(toSend[0] ?? Infinity, toHear[0] ?? Infinity, keeper.deadline);
    if (now > until) return { pings, sent, heard, dead: undefined };
    if (toSend[0] === now) {
      sent.push(toSend.shift()!);
      keeper.sent(now);
    } else if (toHear[0] === now) {
      heard.push(toHear.shift()!);
      keeper.received(now);
    }
    if (!keeper.isDue(now)) continue;
    const verdict = keeper.poll(now);
    if (verdict === 'dead') return { pings, sent, heard, dead: now };
    if (verdict !== 'ping') continue;
    keeper.sent(now);
    pings.push(now);
    sent.push(now);
    if (answersAfter === undefined) continue;
    toHear.push(now + answersAfter);
    toHear.sort((a, b) => a - b);
  }
}

const gaps = (times: readonly number[]) => times.slice(1).map((time, i) => time - times[i]!);
const patience = (keepAlive: number) => Math.min(10 * SECOND, (keepAlive * SECOND) / 2);

describe('with nothing to send, a PINGREQ [MQTT-3.1.2-23]', () => {
  it.each([
    [1, 750],
    [2, 1_500],
    [30, 22_500],
    [40, 30_000],
    [60, 50_000],
    [300, 290_000],
    [65_535, 65_525_000],
  ])('with keep alive %i s is due after %i ms and not before', (keepAlive, due) => {
    const keeper = createKeepAlive(keepAlive, 0);
    expect(keeper.deadline).toBe(due);
    expect(keeper.isDue(due - 1)).toBe(false);
    expect(keeper.poll(due - 1)).toBe('wait');
    expect(keeper.isDue(due)).toBe(true);
    expect(keeper.poll(due)).toBe('ping');
    expect(keeper.poll(due)).toBe('wait'); // asked once
  });

  it('is never due with keep alive 0', () => {
    const keeper = createKeepAlive(0, 0);
    expect(keeper.deadline).toBe(Infinity);
    expect(keeper.isDue(1e12)).toBe(false);
    expect(keeper.poll(1e12)).toBe('wait');
    keeper.sent(1e12);
    expect(keeper.isDue(0)).toBe(false); // the clock was set back, which means nothing yet
  });

  it('is due while packets only come in', () => {
    const hears = Array.from({ length: 1_000 }, (_, i) => i * 500);
    const { pings, dead } = live({ keepAlive: 60, hears, until: 499_500 });
    expect(pings.slice(0, 3)).toStrictEqual([50_000, 100_000, 150_000]);
    expect(dead).toBe(undefined);
  });

  it('is due while packets only go out', () => {
    const sends = Array.from({ length: 1_000 }, (_, i) => i * 500);
    const { pings } = live({ keepAlive: 60, sends, answersAfter: 100, until: 499_500 });
    expect(pings.slice(0, 3)).toStrictEqual([50_000, 100_100, 150_200]);
  });

  it('is not due while packets go both ways', () => {
    const times = Array.from({ length: 1_000 }, (_, i) => i * 500);
    expect(live({ keepAlive: 60, sends: times, hears: times, until: 499_500 }).pings).toStrictEqual([]);
  });
});

describe('with no PINGRESP, nor anything else, the connection is dead', () => {
  it.each([
    [1, 500],
    [2, 1_000],
    [20, 10_000],
    [30, 10_000],
    [65_535, 10_000],
  ])('with keep alive %i s %i ms after the PINGREQ', (keepAlive, wait) => {
    const keeper = createKeepAlive(keepAlive, 0);
    const pinged = keeper.deadline;
    keeper.poll(pinged);
    expect(keeper.deadline).toBe(pinged + wait);
    expect(keeper.poll(pinged + wait - 1)).toBe('wait');
    expect(keeper.poll(pinged + wait)).toBe('dead');
  });

  it('but any byte is a sign of life, not only a PINGRESP', () => {
    const keeper = createKeepAlive(60, 0);
    keeper.poll(50_000);
    keeper.sent(50_000);
    keeper.received(59_999);
    expect(keeper.poll(60_000)).toBe('wait');
  });

  it('and what is sent is none', () => {
    const keeper = createKeepAlive(60, 0);
    keeper.poll(50_000);
    keeper.sent(59_999);
    expect(keeper.poll(60_000)).toBe('dead');
  });
});

describe.each([1, 2, 30, 300, 65_535])('under any traffic with keep alive %i s', (keepAlive) => {
  const period = keepAlive * SECOND;
  const times = fc.array(fc.integer({ min: 1, max: 5 * period }), { maxLength: 40 });
  const params = { numRuns: 60 };

  prop([times, times], params)(
    'a silent peer is found dead within 1.5 keep alives of its last byte, and not before its time to answer',
    (sends, hears) => {
      const { dead, pings, heard } = live({ keepAlive, sends, hears, until: 10 * period });
      expect(dead).toBeLessThanOrEqual(heard.at(-1)! + 1.5 * period);
      expect(dead! - pings.at(-1)!).toBeGreaterThanOrEqual(patience(keepAlive));
    },
  );

  prop([times, times, fc.integer({ min: 0, max: patience(keepAlive) - 1 })], params)(
    'something is sent in every keep alive, and a peer that answers lives [MQTT-3.1.2-23]',
    (sends, hears, answersAfter) => {
      const { dead, sent } = live({ keepAlive, sends, hears, answersAfter, until: 10 * period });
      expect(dead).toBe(undefined);
      expect(Math.max(...gaps([...sent, 10 * period]))).toBeLessThanOrEqual(period);
    },
  );
});

describe('when the clock is set', () => {
  it('back by an hour, the peer is asked at once, and then as before', () => {
    const keeper = createKeepAlive(60, HOUR);
    expect(keeper.isDue(5 * SECOND)).toBe(true);
    expect(keeper.poll(5 * SECOND)).toBe('ping');
    expect(keeper.deadline).toBe(15 * SECOND);
    expect(keeper.isDue(6 * SECOND)).toBe(false);
    keeper.received(6 * SECOND);
    expect(keeper.deadline).toBe(55 * SECOND);
  });

  it('back by an hour while an answer is waited for, it is asked again and not left for dead', () => {
    const keeper = createKeepAlive(60, HOUR);
    keeper.poll(HOUR + 50 * SECOND);
    keeper.sent(HOUR + 50 * SECOND);
    expect(keeper.poll(51 * SECOND)).toBe('ping');
    expect(keeper.poll(61 * SECOND)).toBe('dead');
  });

  it('back while a packet comes in or goes out, that is noticed with the packet', () => {
    for (const happens of ['sent', 'received'] as const) {
      const keeper = createKeepAlive(60, HOUR);
      keeper[happens](5 * SECOND);
      expect(keeper.isDue(5 * SECOND)).toBe(true);
    }
  });

  it('back by half a second, that is a correction and nothing happens', () => {
    const keeper = createKeepAlive(60, HOUR);
    expect(keeper.isDue(HOUR - 500)).toBe(false);
    expect(keeper.isDue(HOUR - 501)).toBe(true);
  });

  it('back with keep alive 0 during a probe, the probe is made again', () => {
    const keeper = createKeepAlive(0, HOUR);
    keeper.probe(HOUR);
    expect(keeper.poll(0)).toBe('ping');
    expect(keeper.poll(10 * SECOND)).toBe('dead');
  });

  it('forward by an hour, the peer is asked and not left for dead', () => {
    const keeper = createKeepAlive(60, 0);
    expect(keeper.poll(HOUR)).toBe('ping');
    expect(keeper.poll(HOUR + 10 * SECOND)).toBe('dead');
  });

  it('forward by an hour while an answer is waited for, it is asked once more', () => {
    const keeper = createKeepAlive(60, 0);
    keeper.poll(50 * SECOND);
    expect(keeper.poll(HOUR)).toBe('ping');
    expect(keeper.poll(HOUR + 9_999)).toBe('wait');
    expect(keeper.poll(HOUR + 10 * SECOND)).toBe('dead');
  });

  it('forward by an hour, that is noticed with the next packet', () => {
    for (const happens of ['sent', 'received'] as const) {
      const keeper = createKeepAlive(60, 0);
      keeper[happens](HOUR);
      expect(keeper.isDue(HOUR)).toBe(true);
      expect(keeper.poll(HOUR)).toBe('ping');
    }
  });
});

describe('when timers are late', () => {
  it('by ten minutes, the peer is asked twice before it is dead', () => {
    const keeper = createKeepAlive(60, 0);
    expect(keeper.poll(10 * MINUTE)).toBe('ping');
    expect(keeper.poll(20 * MINUTE)).toBe('ping'); // the timer was late: the answer may wait unread in the socket
    expect(keeper.poll(30 * MINUTE)).toBe('dead');
  });

  it('by half a second, that is not late', () => {
    const keeper = createKeepAlive(60, 0);
    keeper.poll(50 * SECOND);
    expect(keeper.poll(60_500)).toBe('dead');
  });

  it('an answer makes the next question a first one', () => {
    const keeper = createKeepAlive(60, 0);
    keeper.poll(10 * MINUTE);
    keeper.poll(20 * MINUTE);
    keeper.received(20 * MINUTE + 1);
    expect(keeper.poll(30 * MINUTE)).toBe('ping');
    expect(keeper.poll(40 * MINUTE)).toBe('ping');
  });

  it('and throttled to one a minute, a peer that answers lives, and a silent one is dead within three', () => {
    for (const isAlive of [true, false]) {
      const keeper = createKeepAlive(30, 0);
      const verdicts = [1, 2, 3].map((minute) => {
        const verdict = keeper.poll(minute * MINUTE);
        if (verdict === 'ping') keeper.sent(minute * MINUTE);
        if (verdict === 'ping' && isAlive) keeper.received(minute * MINUTE + 50); // frames are not throttled
        return verdict;
      });
      expect(verdicts).toStrictEqual(['ping', 'ping', isAlive ? 'ping' : 'dead']);
    }
  });
});

describe('probe', () => {
  it('expects a sign of life from now on', () => {
    const keeper = createKeepAlive(60, 0);
    keeper.probe(7 * SECOND);
    expect(keeper.poll(17 * SECOND)).toBe('dead');
  });

  it('gives a peer that was asked already no more time', () => {
    const keeper = createKeepAlive(60, 0);
    keeper.probe(7 * SECOND);
    keeper.probe(12 * SECOND);
    expect(keeper.poll(17 * SECOND)).toBe('dead');
  });

  it('works with keep alive 0, and leaves nothing behind', () => {
    const keeper = createKeepAlive(0, 0);
    keeper.probe(0);
    expect(keeper.deadline).toBe(10 * SECOND);
    keeper.received(5 * SECOND);
    expect(keeper.deadline).toBe(Infinity);
  });
});

it('waits for a sign of life for as long as it is told to', () => {
  const keepAlive = createKeepAlive(60, 0, 25_000);
  expect(keepAlive.poll(50_000)).toBe('ping');
  expect(keepAlive.deadline).toBe(75_000);
  expect(keepAlive.poll(74_999)).toBe('wait');
  expect(keepAlive.poll(75_000)).toBe('dead');
});
