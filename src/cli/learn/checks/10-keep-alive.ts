import { type Check, checkThat, inWords } from '../check.ts';

interface KeepAlive {
  sent(now: number): void;
  received(now: number): void;
  poll(now: number): 'wait' | 'ping' | 'dead';
}
interface Answer {
  createKeepAlive(keepAlive: number, now: number): KeepAlive;
}

/** Seconds, and what happens: `sent`, `received`, or what `poll` must return. */
type Step = readonly [at: number, step: 'sent' | 'received' | 'wait' | 'ping' | 'dead'];

/** Any clock: it need not begin at 0. */
const START = 1_700_000_000_000;

const CASES: readonly (readonly [name: string, steps: readonly Step[], keepAlive?: number])[] = [
  [
    'waits while little time has passed',
    [
      [1, 'wait'],
      [29, 'wait'],
    ],
  ],
  [
    'asks for a PINGREQ after three quarters of the keep alive',
    [
      [29.9, 'wait'],
      [30, 'ping'],
    ],
  ],
  ['asks for it late, when it was called late', [[35, 'ping']]],
  [
    'asks once, and waits then',
    [
      [30, 'ping'],
      [31, 'wait'],
      [49, 'wait'],
    ],
  ],
  [
    'counts from the last packet, when both directions were in use',
    [
      [20, 'sent'],
      [20, 'received'],
      [30, 'wait'],
      [50, 'ping'],
    ],
  ],
  [
    'asks when nothing was sent, although packets come in',
    [
      [10, 'received'],
      [20, 'received'],
      [30, 'ping'],
    ],
  ],
  [
    'asks when nothing was received, although packets go out',
    [
      [10, 'sent'],
      [29, 'sent'],
      [30, 'ping'],
    ],
  ],
  [
    'says that the connection is dead, half a keep alive after the PINGREQ',
    [
      [30, 'ping'],
      [49.9, 'wait'],
      [50, 'dead'],
    ],
  ],
  [
    'goes on after a sign of life',
    [
      [30, 'ping'],
      [31, 'received'],
      [50, 'wait'],
      [59.9, 'wait'],
      [60, 'ping'],
    ],
  ],
  [
    'does not take what it sends for a sign of life',
    [
      [30, 'ping'],
      [40, 'sent'],
      [50, 'dead'],
    ],
  ],
  [
    'waits half a keep alive after the second PINGREQ too',
    [
      [30, 'ping'],
      [31, 'received'],
      [60, 'ping'],
      [79, 'wait'],
      [80, 'dead'],
    ],
  ],
  [
    'never asks when the keep alive is 0',
    [
      [1, 'wait'],
      [100_000, 'wait'],
    ],
    0,
  ],
  [
    'keeps to another keep alive',
    [
      [7.4, 'wait'],
      [7.5, 'ping'],
      [12.4, 'wait'],
      [12.5, 'dead'],
    ],
    10,
  ],
];

export const checks: readonly Check<Answer>[] = CASES.map(([name, steps, keepAlive = 40]) => ({
  name,
  run: ({ createKeepAlive }) => {
    const it = createKeepAlive(keepAlive, START);
    const story = [`a keep alive of ${keepAlive} s`];
    for (const [seconds, step] of steps) {
      const now = START + seconds * 1000;
      if (step === 'sent' || step === 'received') {
        it[step](now);
        story.push(`${step} at ${seconds} s`);
        continue;
      }
      const verdict: unknown = it.poll(now);
      checkThat(
        verdict === step,
        `${story.join(', ')}: poll at ${seconds} s is ${inWords(verdict)}, and should be '${step}'`,
      );
      story.push(`'${step}' at ${seconds} s`);
    }
  },
}));
