// One run over all that must be the same in every engine. It names no global: whoever loads it hands the report on.
import { checkCore } from './core.ts';
import { checkSession } from './session.ts';
import { type Part, Tally } from './tally.ts';

export interface Report {
  /** Codec, decoder, texts, signer, keep-alive, topics: with nothing but typed arrays. */
  readonly core: Part;
  /** With Map and Set, the session and `explain` on top. */
  readonly all: Part | undefined;
  readonly failures: readonly string[];
}

export function run(): Report {
  const tally = new Tally();
  checkCore(tally);
  const core = tally.part;
  const hasMaps = typeof Map === 'function' && typeof Set === 'function';
  if (hasMaps) checkSession(tally);
  return { core, all: hasMaps ? tally.part : undefined, failures: tally.failures.slice(0, 10) };
}
