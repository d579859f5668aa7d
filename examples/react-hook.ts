// React: a client and its subscriptions that live as long as a component, also under StrictMode, which mounts each
// component, unmounts it and mounts it again.
import { type Client, type ClientState, type ConnectOptions, createClient, type Message, type QoS } from 'mqtt311';
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';

/** A client for as long as the component is there, or until the url changes. Later options are not looked at. */
export function useMqtt(url: string, options?: ConnectOptions): { client: Client | undefined; state: ClientState } {
  const [client, setClient] = useState<Client>();
  const initial = useRef(options); // an object literal is another object for each render: no reason to connect again
  useEffect(() => {
    // The client is made here, and not while rendering: React may render without ever mounting, and then nobody closes it.
    const made = createClient(url, initial.current);
    setClient(made);
    // One that is closed at once, as under StrictMode, has not opened its socket: the broker sees one client, not two.
    return () => void made.close(); // what was published goes out first
  }, [url]);
  const listen = useCallback((tell: () => void) => client?.on('state', tell) ?? (() => {}), [client]);
  const stateNow = () => client?.state ?? 'connecting';
  return { client, state: useSyncExternalStore(listen, stateNow, stateNow) };
}

/** Calls the handler of the latest render for each message. Returns the error when the broker refuses the filter. */
export function useSubscription(
  client: Client | undefined,
  topicFilter: string,
  handler: (message: Message) => void,
  qos: QoS = 0,
): Error | undefined {
  const latest = useRef(handler);
  const [error, setError] = useState<Error>();
  useEffect(() => {
    latest.current = handler; // a new function for each render is no reason to subscribe again
  });
  useEffect(() => {
    if (!client) return;
    let isMounted = true; // the broker goes on sending until it has the UNSUBSCRIBE
    const subscribing = client.subscribe(topicFilter, { qos }, (message) => {
      if (isMounted) latest.current(message);
    });
    subscribing.then(
      () => isMounted && setError(undefined),
      (reason: Error) => isMounted && setError(reason),
    );
    return () => {
      isMounted = false;
      // Cleaning up cannot wait for the SUBACK. When the next effect has subscribed to the same filter meanwhile, the
      // client sends no UNSUBSCRIBE.
      subscribing.then((subscription) => subscription.unsubscribe()).catch(() => {});
    };
  }, [client, topicFilter, qos]);
  return error;
}

/** A component with both. Where several share a client, one calls useMqtt and hands the client down. */
export function Light({ url, options }: { url: string; options?: ConnectOptions }): string {
  const { client, state } = useMqtt(url, options);
  const [light, setLight] = useState('?');
  const error = useSubscription(client, 'rooms/kitchen/light', (message) => setLight(message.text()), 1);
  return error ? `${error}` : `${light}, ${state}`;
}
