// Giving up on a promise.

/** The part of an AbortSignal that is used. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** A promise that the signal can reject. `start` returns what then has to be done. */
export function settleOrAbort<T>(
  signal: AbortSignalLike | undefined,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => (reason: Error) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (!signal) return void start(resolve, reject);
    let cancel: ((reason: Error) => void) | undefined; // while there is something to give up
    let isSettled = false;
    const settling =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        isSettled = true;
        signal.removeEventListener('abort', abort);
        settle(value);
      };
    const abort = () => {
      const reason = reasonOf(signal);
      settling(reject)(reason);
      cancel?.(reason);
    };
    if (!signal.aborted) cancel = start(settling(resolve), settling(reject));
    if (isSettled) return;
    if (signal.aborted)
      abort(); // before, or by what `start` has called
    else signal.addEventListener('abort', abort);
  });
}

function reasonOf({ reason }: AbortSignalLike): Error {
  return (reason as Error) ?? Object.assign(new Error('the operation was aborted'), { name: 'AbortError' });
}
