import { afterEach, beforeEach, expect, it } from 'vitest';
import { install } from '../../examples/service-worker.ts';
import { connect } from '../../src/index.node.ts';
import { type Broker, startBroker } from '../support/broker.ts';

let broker: Broker;
beforeEach(async () => {
  broker = await startBroker();
});
afterEach(() => broker.close());

/** A service worker's surroundings: pages that are open, the notifications that it shows, and a push. */
function surroundings(pages: { visibilityState?: string }[] = []) {
  const shown: string[] = [];
  let listener: (event: { waitUntil(work: Promise<void>): void }) => void = () => {};
  const worker = {
    addEventListener(_type: 'push', added: typeof listener) {
      listener = added;
    },
    clients: { matchAll: async () => pages },
    registration: {
      async showNotification(_title: string, { body }: { body: string }) {
        shown.push(body);
      },
    },
  };
  const push = () =>
    new Promise<void>((resolve, reject) => listener({ waitUntil: (work) => work.then(resolve, reject) }));
  install(worker, broker.url, { clientId: 'page-of-anna' });
  return { push, shown };
}

/** The page has subscribed and is gone; then messages come. */
async function missNews(...texts: string[]): Promise<void> {
  const page = await connect(broker.url, { clientId: 'page-of-anna', cleanSession: false });
  await page.subscribe('news/#', { qos: 1 }, () => {});
  await page.close();
  const other = await connect(broker.url);
  for (const text of texts) await other.publish('news/1', text, { qos: 1 });
  await other.close();
}

it('takes what has waited for the page, once, and shows it', async () => {
  await missNews('snow', 'rain');
  const { push, shown } = surroundings();
  await push();
  expect(shown).toEqual(['snow\nrain']);
  await push();
  expect(shown).toEqual(['snow\nrain', 'Open the page to see it']);
}, 20_000);

it('leaves the connection to a page that is open, and the showing to one that is seen', async () => {
  await missNews('snow');
  const hidden = surroundings([{ visibilityState: 'hidden' }]);
  await hidden.push();
  expect(hidden.shown).toEqual(['Open the page to see it']);
  const seen = surroundings([{ visibilityState: 'visible' }, { visibilityState: 'hidden' }]);
  await seen.push();
  expect(seen.shown).toEqual([]);
  expect(broker.aedes.connectedClients).toBe(0);
});

it('ends with an error, and leaves the messages at the broker, when it cannot connect', async () => {
  const { push } = surroundings();
  await missNews('snow');
  broker.aedes.authenticate = (_client, _username, _password, done) => done(null, false);
  await expect(push()).rejects.toThrow();
});
