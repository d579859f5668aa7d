// Giving up on a promise.

/** The part of an AbortSignal that is used. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What is to be done when a signal aborts. One listener does it all, since Node warns of more than ten. */
type Waiting = Set<() => void> & { listener?: () => void };

let waitingFor: WeakMap<AbortSignalLike, Waiting> | undefined; // there are engines without it, which have no signals either

/** It is made here, because a closure of one promise would keep that promise's message as long as the signal lives. */
const listenerOf = (waiting: Waiting) => () => waiting.forEach((abort) => void abort());

/** A promise that the signal can reject. `start` returns what then has to be done. */
export function settleOrAbort<T>(
  signal: AbortSignalLike | undefined,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => (reason: Error) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (!signal) return void start(resolve, reject);
    waitingFor ??= new WeakMap();
    const waiting: Waiting = waitingFor.get(signal) ?? new Set();
    waitingFor.set(signal, waiting);
    let cancel: ((reason: Error) => void) | undefined;
    let isSettled = false;
    const settling =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        isSettled = true;
        if (waiting.delete(abort) && waiting.size === 0) signal.removeEventListener('abort', waiting.listener!);
        settle(value);
      };
    const abort = () => {
      const reason = signal.reason ?? Object.assign(new Error('the operation was aborted'), { name: 'AbortError' });
      settling(reject)(reason);
      cancel?.(reason as Error);
    };
    if (!signal.aborted) cancel = start(settling(resolve), settling(reject));
    if (isSettled) return;
    if (signal.aborted)
      abort(); // it was before, or became so inside of `start`
    else if (waiting.add(abort).size === 1) {
      waiting.listener = listenerOf(waiting);
      signal.addEventListener('abort', waiting.listener);
    }
  });
}
