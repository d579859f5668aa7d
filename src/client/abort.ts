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
    let cancel: ((reason: Error) => void) | undefined;
    let isSettled = false;
    const settling =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        isSettled = true;
        signal.removeEventListener('abort', abort);
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
    else signal.addEventListener('abort', abort);
  });
}
