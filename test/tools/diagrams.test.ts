import { expect, it } from 'vitest';
import { stateDiagram } from '../../tools/diagrams.ts';

it('draws one arrow for all rows between two states, with the event and the note of each', () => {
  const rows = [
    { from: 'begin', event: 'open()', to: 'is open' },
    { from: 'is open', event: 'read()', to: 'is open', note: 'sends a page' },
    { from: 'is open', event: 'close()', to: 'shut' },
    { from: 'is open', event: 'error', to: 'shut', note: 'reports it' },
    { from: 'shut', event: 'delete()', to: 'gone' },
  ];
  expect(stateDiagram(rows, ['begin', 'gone'])).toBe(
    [
      'stateDiagram-v2',
      '  state "is open" as is_open',
      '  [*] --> is_open : open()',
      '  is_open --> is_open : read() / sends a page',
      '  is_open --> shut : close()<br>error / reports it',
      '  shut --> [*] : delete()',
    ].join('\n'),
  );
});

it('refuses labels that Mermaid cannot show, and states that would become one', () => {
  expect(() => stateDiagram([{ from: 'a', event: 'x; y', to: 'b' }])).toThrow("Mermaid cannot show 'x; y'");
  expect(() => stateDiagram([{ from: 'a b', event: 'x', to: 'a-b' }])).toThrow('two of these names look alike');
});
