// One connection for all tabs of a page. The tab that holds a lock has the client; the others talk to it over a channel.
// When that tab goes, however it goes, the browser gives the lock to the next one.
import { type Client, type ConnectOptions, createClient } from 'mqtt311';

/** What a message is in every tab: a channel copies data, and no methods. */
export interface TabMessage {
  readonly topic: string;
  readonly text: string;
}
type Post = { message: TabMessage } | { publish: TabMessage; id: string } | { published: string } | { isNew: true };

export interface Tab {
  /** Resolves when the broker has the message. It may arrive twice if the tab with the client goes meanwhile. */
  publish(topic: string, text: string): Promise<void>;
  leave(): void;
}

export function join(
  url: string,
  topicFilter: string,
  handler: (message: TabMessage) => void,
  options?: ConnectOptions,
  locks: Pick<LockManager, 'request'> = navigator.locks,
): Tab {
  const channel = new BroadcastChannel('mqtt');
  const post = (data: Post) => channel.postMessage(data);
  const waiting = new Map<string, { publish: TabMessage; done: () => void }>(); // for a tab that has the client
  const leaving = new AbortController();
  let client: Client | undefined; // if it is this tab that has it

  function published(id: string): void {
    waiting.get(id)?.done();
    waiting.delete(id);
  }

  function ask(publish: TabMessage, id: string): void {
    if (!client) return post({ publish, id });
    client.publish(publish.topic, publish.text, { qos: 1 }).then(
      () => (waiting.has(id) ? published(id) : post({ published: id })),
      () => {}, // the client was closed: the next tab to have one is asked
    );
  }

  channel.onmessage = ({ data }: { data: Post }) => {
    if ('message' in data) handler(data.message);
    else if ('published' in data) published(data.published);
    else if ('isNew' in data) for (const [id, { publish }] of waiting) ask(publish, id);
    else if (client) ask(data.publish, data.id);
  };

  /** Has the client for as long as this tab is there. */
  async function lead(): Promise<void> {
    client = createClient(url, options);
    client.on('error', (error) => console.warn(`${error}`));
    const take = (message: TabMessage) => {
      handler(message);
      post({ message });
    };
    client
      .subscribe(topicFilter, { qos: 1 }, (message) => take({ topic: message.topic, text: message.text() }))
      .catch(() => {});
    post({ isNew: true });
    for (const [id, { publish }] of waiting) ask(publish, id); // what this tab asked of one that is gone
    await new Promise((resolve) => leaving.signal.addEventListener('abort', resolve));
    await client.close();
    channel.close();
  }

  locks.request('mqtt', { signal: leaving.signal }, lead).catch(() => channel.close()); // it left before its turn came
  return {
    publish: (topic, text) =>
      new Promise((done) => {
        const id = crypto.randomUUID();
        waiting.set(id, { publish: { topic, text }, done });
        ask({ topic, text }, id);
      }),
    leave: () => leaving.abort(),
  };
}
