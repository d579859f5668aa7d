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
  if (signal === undefined) return new Promise((resolve, reject) => void start(resolve, reject));
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortReason(signal));
    let isSettled = false;
    const settled = () => {
      isSettled = true;
      signal.removeEventListener('abort', abort);
    };
    const abort = () => {
      settled();
      const reason = abortReason(signal);
      cancel(reason);
      reject(reason);
    };
    const cancel = start(
      (value) => {
        settled();
        resolve(value);
      },
      (error) => {
        settled();
        reject(error);
      },
    );
    if (isSettled) return;
    if (signal.aborted) return abort(); // by what `start` has called
    signal.addEventListener('abort', abort);
  });
}

function abortReason(signal: AbortSignalLike): Error {
  if (signal.reason !== undefined) return signal.reason as Error;
  const error = new Error('the operation was aborted');
  error.name = 'AbortError';
  return error;
}
