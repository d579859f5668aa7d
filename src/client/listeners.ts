// Who is told what happens to a client.
import type { ClientEvents } from './api.ts';

export interface Listeners {
  /** Listens, and returns the way to stop listening. */
  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void;
  /** Tells all listeners of the event; what they throw is told as an error. */
  emit<E extends keyof ClientEvents>(event: E, ...args: Parameters<ClientEvents[E]>): void;
}

export function createListeners(): Listeners {
  let all: readonly { readonly event: string; readonly listener: unknown }[] = [];

  const emit: Listeners['emit'] = (event, ...args) => {
    for (const { event: heard, listener } of all) {
      if (heard !== event) continue;
      try {
        (listener as (...args: unknown[]) => void)(...args);
      } catch (error) {
        if (event !== 'error') emit('error', error as Error);
        else void Promise.reject(error); // nobody is left to tell but the platform
      }
    }
  };

  return {
    on(event, listener) {
      const entry = { event, listener };
      all = [...all, entry]; // a new list: whoever is being told goes on with the old one
      return () => {
        all = all.filter((other) => other !== entry);
      };
    },
    emit,
  };
}
