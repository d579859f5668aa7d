// What happens in the broker and in its network, told to whoever listens.
import type { Packet } from '../codec/codec.ts';

/** A packet on its way between a client and the broker. */
export interface PacketEvent {
  /** Undefined before the CONNECT. */
  readonly clientId: string | undefined;
  /** 'up': to the broker; 'down': to the client. */
  readonly direction: 'up' | 'down';
  /** The password of a CONNECT is left out: an empty one stands in its place. Undefined: bytes that are not a packet. */
  readonly packet: Packet | undefined;
  /**
   * 'sent' comes first. Then the packet is 'delivered', maybe after it was 'held'; or 'dropped' by `network.drop()`; or
   * 'lost', all of it or its end, because the connection is over.
   */
  readonly fate: 'sent' | 'held' | 'dropped' | 'delivered' | 'lost';
}

/** A connection comes and goes. */
export interface ConnectionEvent {
  readonly clientId: string | undefined;
  /** 'opened' is followed by 'accepted' or 'refused', unless no good CONNECT comes. 'closed' comes last. */
  readonly state: 'opened' | 'accepted' | 'refused' | 'closed';
  /** Of the CONNACK. */
  readonly returnCode: number | undefined;
  /** Of 'closed': a ProtocolError when the client broke a rule. Undefined after a DISCONNECT, and when the client just went. */
  readonly error: Error | undefined;
}

/** A session changes. */
export interface SessionEvent {
  readonly clientId: string;
  /**
   * 'dropped': more messages wait than `maxQueued` allows; `topic` is that of the message that went. 'unauthorized': `topic`
   * is what `authorize` did not allow.
   */
  readonly change: 'created' | 'resumed' | 'subscribed' | 'unsubscribed' | 'dropped' | 'unauthorized' | 'ended';
  /** A topic, or a topic filter. */
  readonly topic?: string;
}

export interface BrokerEvents {
  packet: PacketEvent;
  connection: ConnectionEvent;
  session: SessionEvent;
}

type Listener = (event: never) => void;

/** The listeners of one broker. */
export class Listeners {
  private readonly listeners: Record<keyof BrokerEvents, Set<Listener>> = {
    packet: new Set(),
    connection: new Set(),
    session: new Set(),
  };

  on<E extends keyof BrokerEvents>(event: E, listener: (event: BrokerEvents[E]) => void): () => void {
    const listeners = this.listeners[event];
    if (!listeners) throw new TypeError(`the broker has no event '${event}': write packet, connection or session`);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  until<E extends keyof BrokerEvents>(
    event: E,
    condition: (event: BrokerEvents[E]) => boolean,
  ): Promise<BrokerEvents[E]> {
    return new Promise((resolve, reject) => {
      const stop = this.on(event, (happened) => {
        try {
          if (!condition(happened)) return;
          resolve(happened);
        } catch (error) {
          reject(error);
        }
        stop();
      });
    });
  }

  emit<E extends keyof BrokerEvents>(event: E, happened: BrokerEvents[E]): void {
    const listeners = this.listeners[event];
    for (const listener of listeners.size > 0 ? Array.from(listeners) : [])
      try {
        listener(happened as never);
      } catch (error) {
        void Promise.reject(error); // a test's mistake is the test's to see, and nothing to the broker
      }
  }
}
