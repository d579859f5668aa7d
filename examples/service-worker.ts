// A service worker is stopped when it has nothing to do, and its sockets with it: it cannot hold a connection. What wakes
// it is a push. This one then takes what has waited at the broker, shows it, and lets go.
import { type ConnectOptions, connect } from 'mqtt311';

/** The part of a ServiceWorkerGlobalScope that is used; `self` is one. */
export interface Worker {
  addEventListener(type: 'push', listener: (event: { waitUntil(work: Promise<void>): void }) => void): void;
  readonly clients: {
    matchAll(options: { type: 'window' }): Promise<readonly { readonly visibilityState?: string }[]>;
  };
  readonly registration: { showNotification(title: string, options: { body: string }): Promise<void> };
}

const QUIET = 1_000; // milliseconds without a message: then the broker has sent what it had
const LONGEST = 15_000; // a browser ends a worker that takes too long, and may then give it fewer pushes

/** Call it as `install(self, …)`, with the client id of the page, whose session it is. */
export function install(worker: Worker, url: string, options: ConnectOptions & { clientId: string }): void {
  worker.addEventListener('push', (event) => event.waitUntil(pushed())); // without waitUntil, the worker may end at once

  async function pushed(): Promise<void> {
    const pages = await worker.clients.matchAll({ type: 'window' });
    // A page that is open has the connection: with the same client id, this one would end it.
    const texts = pages.length > 0 ? [] : await catchUp(url, options);
    // A push that shows nothing is one too many: the browser shows something of its own, or takes the permission back.
    const isSeen = pages.some(({ visibilityState }) => visibilityState === 'visible');
    if (!isSeen)
      await worker.registration.showNotification('News', { body: texts.join('\n') || 'Open the page to see it' });
  }
}

async function catchUp(url: string, options: ConnectOptions & { clientId: string }): Promise<string[]> {
  const client = await connect(url, { ...options, cleanSession: false, connectTimeout: LONGEST });
  const texts: string[] = [];
  await new Promise<void>((resolve) => {
    const end = setTimeout(resolve, LONGEST);
    let quiet = setTimeout(resolve, QUIET);
    // The page has subscribed in this session, and the worker has not: so the messages are for no subscription of its own.
    client.on('unrouted', (message) => {
      texts.push(message.text());
      clearTimeout(quiet);
      quiet = setTimeout(() => {
        clearTimeout(end);
        resolve();
      }, QUIET);
    });
    client.on('state', () => resolve()); // the connection was lost: what is not acknowledged comes again
  });
  await client.close();
  return texts;
}
