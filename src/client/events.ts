// The events of a client, and its listeners.
import type { Packet } from '../codec/codec.ts';
import type { ClientState } from './life-cycle.ts';
import type { Message } from './message.ts';

export interface ClientEvents {
  /** The state has changed; `cause` says why a connection is over. */
  state(state: ClientState, cause?: Error): void;
  /** Something went wrong that no promise tells: a lost connection, a failed handler, a dropped message … */
  error(error: Error): void;
  /**
   * A message that no subscription wants, as a resumed session may bring. It is acknowledged when the listeners have it.
   * Without a listener, one of QoS 1 or 2 waits for a subscription, and an `error` tells of that after 10 s.
   */
  unrouted(message: Message): void;
  /** Every packet, for tracing. The password of a CONNECT is left out: an empty one stands in its place. */
  packet(direction: 'sent' | 'received', packet: Packet): void;
}

/** All listeners of a client, in the order in which they came. */
export type Listeners = readonly { readonly event: keyof ClientEvents; readonly listener: unknown }[];

/** Shared by all clients, since an array for each would take memory. */
export const NOBODY: Listeners = [];

export interface Source {
  listeners: Listeners;
}

/** Listens, and returns the way to stop listening. */
export function listen<E extends keyof ClientEvents>(source: Source, event: E, listener: ClientEvents[E]): () => void {
  const entry = { event, listener };
  source.listeners = [...source.listeners, entry]; // a new list, so that an `emit` under way goes on with the old one
  return () => {
    source.listeners = source.listeners.filter((other) => other !== entry);
  };
}

export function hasListener(source: Source, event: keyof ClientEvents): boolean {
  return source.listeners.some((entry) => entry.event === event);
}

/** Tells all listeners of the event. What they throw is told as an error. */
export function emit<E extends keyof ClientEvents>(
  source: Source,
  event: E,
  ...args: Parameters<ClientEvents[E]>
): void {
  for (const entry of source.listeners) {
    if (entry.event !== event) continue;
    try {
      (entry.listener as (...args: unknown[]) => void)(...args);
    } catch (error) {
      if (event !== 'error') emit(source, 'error', error as Error);
      else void Promise.reject(error); // only the platform is left to be told
    }
  }
}
