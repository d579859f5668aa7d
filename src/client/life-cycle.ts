// The life of a client, as data: the client runs on this table, and the diagram in docs/client.md is made from it.

export type ClientState = 'connecting' | 'online' | 'waiting' | 'paused' | 'closed';

/** What happens to a client. */
export type LifeCycleEvent = keyof typeof EVENTS;

/** What each event is, for the diagram. */
export const EVENTS = {
  accepted: 'CONNACK with code 0',
  lost: 'the connection is lost, or the attempt failed',
  failed: 'it failed for good',
  due: 'the random delay is over',
  woken: 'wake()',
  renew: 'reconnect()',
  pause: 'pause()',
  resume: 'resume()',
  close: 'close()',
} as const;

/** The state that an event leads to. An event that a state does not name changes nothing. */
export const LIFE_CYCLE: Readonly<Record<ClientState, Readonly<Partial<Record<LifeCycleEvent, ClientState>>>>> = {
  connecting: {
    accepted: 'online',
    lost: 'waiting',
    renew: 'connecting',
    pause: 'paused',
    failed: 'closed',
    close: 'closed',
  },
  online: { lost: 'waiting', renew: 'connecting', pause: 'paused', failed: 'closed', close: 'closed' },
  waiting: {
    due: 'connecting',
    woken: 'connecting',
    renew: 'connecting',
    pause: 'paused',
    failed: 'closed',
    close: 'closed',
  },
  paused: { resume: 'connecting', failed: 'closed', close: 'closed' },
  closed: {},
};
