import { expect, it } from 'vitest';
import { playAll } from '../torture/hostile/play.ts';

// two files, for two processors
it('a hostile broker brings about nothing but typed errors, in 50,000 scripts, the first half', {
  timeout: 600_000,
}, async () => {
  const { finding, seen } = await playAll(50_000, 1);
  expect(finding).toBe(undefined);
  const often = [
    'online',
    'waiting',
    'closed',
    'subscribed',
    'ProtocolError',
    'PacketTooLargeError',
    'ConnectionLostError',
  ];
  for (const name of often) expect([name, (seen[name] ?? 0) > 500]).toEqual([name, true]);
});
