// Many scripts, one after the other, until one finds something.
import { settled } from '../../support/fake-clock.ts';
import { play } from './script.ts';

/**
 * The most bytes that are kept of what arrived. Where there is a limit, no packet is larger than 100,000 bytes, and most
 * scripts end soon. The scripts themselves hold 125 MB, and now and then a client gathers as much.
 */
const MOST_BUFFERED = 0x2000_0000;

export interface Summary {
  readonly finding: string | undefined;
  readonly connections: number;
  /** How often each state, and each error, was seen. */
  readonly seen: { readonly [name: string]: number };
}

/** Scripts `seed`, `seed` + 1 …: the seed of a finding alone repeats it. */
export async function playAll(count: number, seed: number): Promise<Summary> {
  const seen: Record<string, number> = {};
  let connections = 0;
  let unhandled: unknown;
  const note = (reason: unknown) => {
    unhandled ??= reason;
  };
  process.on('unhandledRejection', note);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // most scripts end in an error
  try {
    for (let script = seed; script < seed + count; script++) {
      const played = await play(script);
      await settled(); // unhandled rejections are told now
      connections += played.connections;
      for (const name of played.log) seen[name] = (seen[name] ?? 0) + 1;
      const complaint =
        played.complaint ?? (unhandled === undefined ? undefined : `an unhandled rejection: ${unhandled}`);
      const buffered = script % 100 === 0 ? process.memoryUsage().arrayBuffers : 0;
      if (buffered > MOST_BUFFERED)
        return { finding: `script ${script}: ${buffered} bytes are held`, connections, seen };
      if (complaint !== undefined) return { finding: `script ${script}: ${complaint}`, connections, seen };
    }
    return { finding: undefined, connections, seen };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    process.off('unhandledRejection', note);
  }
}
