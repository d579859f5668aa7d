// The challenges of the page "Hold the wire": each with plays that reach it, and with plays that do not.
import { describe, expect, it } from 'vitest';
import { play } from '../support/wire.ts';

const RESUME = ['time-4000', 'hold-off', 'time-9000', 'hold-on'];
const REPEAT = ['publish-sensor-2', 'deliver sensor up PUBLISH', 'drop sensor down PUBREC', 'cut-sensor', ...RESUME];
const REPEAT_TO_PHONE = [
  'publish-sensor-2',
  'deliver sensor up PUBLISH',
  'drop phone down PUBLISH',
  'cut-phone',
  ...RESUME,
];
const FOUR_STEPS = ['PUBLISH', 'PUBREC', 'PUBREL', 'PUBCOMP'];

describe('a challenge', () => {
  it.each<[string, string, string[]]>([
    [
      'twice',
      'when a PUBACK is dropped and the line is cut',
      ['publish-sensor-1', 'deliver sensor up PUBLISH', 'drop sensor down PUBACK', 'cut-sensor', ...RESUME],
    ],
    [
      'twice',
      'when the PUBACK of the phone is lost',
      [
        'publish-sensor-1',
        'deliver sensor up PUBLISH',
        'deliver phone down PUBLISH',
        'drop phone up PUBACK',
        'cut-phone',
        ...RESUME,
      ],
    ],
    ['once', 'after three messages that were repeated by either end', [...REPEAT, ...REPEAT_TO_PHONE, ...REPEAT]],
    [
      'once',
      'after the PUBREL was lost, the PUBCOMP, or the PUBLISH',
      ['PUBLISH', 'PUBREL', 'PUBCOMP'].flatMap((lost) => [
        'publish-sensor-2',
        ...FOUR_STEPS.slice(0, FOUR_STEPS.indexOf(lost)).map(
          (name, i) => `deliver sensor ${i % 2 === 0 ? 'up' : 'down'} ${name}`,
        ),
        `drop sensor ${lost === 'PUBCOMP' ? 'down' : 'up'} ${lost}`,
        'cut-sensor',
        ...RESUME,
      ]),
    ],
    [
      'lose',
      'when a PUBLISH is dropped and a later one comes',
      ['publish-sensor-0', 'drop sensor up PUBLISH', 'publish-sensor-0', 'hold-off', 'time-3000'],
    ],
    [
      'lose',
      'when it is lost on its way to the phone',
      [
        'publish-sensor-0',
        'deliver sensor up PUBLISH',
        'cut-phone',
        ...RESUME,
        'publish-sensor-1',
        'hold-off',
        'time-3000',
      ],
    ],
    ['will', 'when the line is cut', ['cut-sensor', 'deliver phone down PUBLISH']],
    [
      'will',
      'when the DISCONNECT is dropped',
      ['disconnect-sensor', 'drop sensor up DISCONNECT', 'deliver sensor up end', 'deliver phone down PUBLISH'],
    ],
    [
      'survive',
      'when the phone keeps its session and is cut off',
      [
        'hold-off',
        'disconnect-phone',
        'time-3000',
        'connect-phone-keep',
        'time-5000',
        'cut-phone',
        'publish-sensor-1',
        'time-9000',
      ],
    ],
    ['dead', 'when nothing arrives for one and a half times the keep alive', ['time-16000']],
    [
      'dead',
      'by the broker, when the client is lost without a sign',
      [
        'hold-off',
        'time-6000',
        'hold-on',
        'disconnect-sensor',
        'drop sensor up DISCONNECT',
        'drop sensor up end',
        'time-16000',
      ],
    ],
  ])('%s is reached %s', async (name, _, steps) => {
    const world = await play(name, steps);
    expect(world.verdict).toMatchObject({ isReached: true });
  });

  it.each<[string, string, string[], string]>([
    ['twice', 'when nothing is done', [], 'published nothing at QoS 1'],
    [
      'twice',
      'when the PUBLISH itself was lost',
      ['publish-sensor-1', 'drop sensor up PUBLISH', 'cut-sensor', ...RESUME],
      'No message has come twice',
    ],
    ['twice', 'by a retransmission at QoS 2', REPEAT, 'published nothing at QoS 1'],
    [
      'once',
      'by three messages that nothing happened to',
      ['hold-off', ...Array(3).fill('publish-sensor-2'), 'time-9000'],
      '0 of 3',
    ],
    ['once', 'by one repetition', REPEAT, '1 of 3'],
    [
      'once',
      'when a clean session lets a message through twice',
      [
        'hold-off',
        'disconnect-sensor',
        'time-3000',
        'connect-sensor-clean',
        'time-5000',
        'hold-on',
        ...REPEAT,
        ...REPEAT,
        ...REPEAT,
      ],
      'twice, because a session was not kept',
    ],
    [
      'lose',
      'when the message is only late',
      ['publish-sensor-0', 'publish-sensor-0', 'hold-off', 'time-3000'],
      'No message is known',
    ],
    [
      'lose',
      'by a message of QoS 1',
      ['publish-sensor-1', 'drop sensor up PUBLISH', 'publish-sensor-1', 'hold-off', 'time-3000'],
      'published nothing at QoS 0',
    ],
    ['will', 'by a plain disconnect', ['disconnect-sensor', 'hold-off', 'time-5000'], 'the broker deleted the will'],
    ['will', 'while the phone has not been told', ['cut-sensor'], 'still keeps the will'],
    [
      'survive',
      'with a clean session',
      ['hold-off', 'cut-phone', 'publish-sensor-1', 'time-9000'],
      'The phone has not been away yet',
    ],
    [
      'survive',
      'by a message that came before the phone had gone',
      [
        'hold-off',
        'disconnect-phone',
        'time-3000',
        'connect-phone-keep',
        'time-5000',
        'publish-sensor-1',
        'time-5000',
        'cut-phone',
        'time-9000',
      ],
      'The broker had kept the session',
    ],
    ['dead', 'when the lines are cut', ['cut-sensor', 'cut-phone', 'time-3000'], 'Neither end has noticed'],
    ['dead', 'while every PINGREQ is answered', ['hold-off', 'time-60000'], 'Neither end has noticed'],
  ])('%s is not reached %s', async (name, _, steps, says) => {
    const { verdict } = await play(name, steps);
    expect(verdict.isReached).toBe(false);
    expect(verdict.says).toContain(says);
  });
});
