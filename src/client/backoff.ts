// When to connect again, and whether another client does so too.
import type { Clock } from '../connection/clock.ts';
import { ConnectionLostError } from '../connection/error.ts';
import type { ConnectOptions } from './options.ts';

/** Delays grow until a connection has lasted this many times `minDelay`. */
const STABLE = 10;

/** This many connections in a row that end soon after their CONNACK look like a fight over the client id. */
const TAKE_OVERS = 3;

export interface Backoff {
  /** Since a connection last proved stable. */
  readonly failures: number;
  /** Says why a connection ended, this many milliseconds after it was accepted. */
  judge(error: Error, lifetime: number): Error;
  /** Milliseconds until the next attempt: at random, up to a limit that doubles. */
  delay(): number;
}

/** The error of the latest connection that ended like those before it. */
export const repeated = (error: Error, times: number, guess: string): ConnectionLostError =>
  new ConnectionLostError('closed', `${error.message}, ${times} times in a row${guess}`, undefined, error);

export function createBackoff({ reconnect }: ConnectOptions, clock: Clock): Backoff {
  const { maxDelay = 60_000, minDelay = Math.min(1_000, maxDelay) } = reconnect || {};
  let failures = 0; // since a connection last proved stable
  let takeOvers = 0; // in a row
  return {
    get failures() {
      return failures;
    },
    judge(error, lifetime) {
      const isShort = lifetime < STABLE * minDelay;
      if (!isShort) failures = 0;
      takeOvers = isShort && (error as ConnectionLostError).reason === 'closed' ? takeOvers + 1 : 0;
      if (takeOvers < TAKE_OVERS) return error;
      return repeated(error, takeOvers, ': does another client use the same clientId [MQTT-3.1.4-2]?');
    },
    delay() {
      failures += 1;
      // From 1 ms on, so that minDelay 0 grows, too: attempts would follow each other at once.
      const longest = Math.max(minDelay, Math.min(maxDelay, Math.max(minDelay, 1) * 2 ** failures));
      return minDelay + clock.random() * (longest - minDelay);
    },
  };
}
