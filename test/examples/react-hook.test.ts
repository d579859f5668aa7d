import { createElement, StrictMode, useEffect } from 'react';
import { act, create } from 'react-test-renderer';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Light, useMqtt, useSubscription } from '../../examples/react-hook.ts';
import type { Client } from '../../src/client/client.ts';
import { type Packet, PacketType, publish, suback, unsuback } from '../../src/codec/codec.ts';
import { Network } from '../support/fake-network.ts';
import { bytes } from '../support/hex.ts';

// a renderer without a DOM: it is deprecated for tests of what a page shows, and all that effects need
beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('IS_REACT_NATIVE_TEST_ENVIRONMENT', true); // it warns that it is deprecated
  return () => vi.unstubAllGlobals();
});

interface Props {
  url?: string;
  /** What a component that comes later subscribes to. */
  later?: string;
  filter: string;
  name: string;
}

/** A component that shows the state and writes down what comes, and what the test knows of it. */
function makeApp() {
  const network = new Network();
  const seen: string[] = [];
  const effects: string[] = [];
  // the default transport, too, opens a socket a moment after the call, and not within it
  const options = { clientId: 'page', clock: network.clock, transport: network.transport, beforeConnect: () => ({}) };
  function Later({ client, filter }: { client: Client | undefined; filter: string }) {
    useSubscription(client, filter, ({ topic }) => void seen.push(`later: ${topic}`), 1);
    return null;
  }
  function App({ url = 'ws://b.test', filter, name, later }: Props) {
    const { client, state } = useMqtt(url, { ...options });
    const error = useSubscription(client, filter, ({ topic }) => void seen.push(`${name}: ${topic}`), 1);
    useEffect(() => {
      effects.push('on');
      return () => void effects.push('off');
    }, []);
    if (later) return createElement(Later, { client, filter: later });
    return `${state}${error ? ` ${error.name}` : ''}`;
  }
  const element = (props: Props) => createElement(StrictMode, null, createElement(App, props));
  return { network, seen, effects, element };
}

/** The result of what makes React render. */
async function acted<T>(change: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  await act(async () => {
    result = await change();
  });
  return result as T;
}

const message = (topic: string) => publish({ topic, payload: bytes('00') });
const idOf = (packet: Packet | undefined) => (packet as { packetId: number }).packetId;

/** The broker accepts, and grants what is asked for. */
async function accept(network: Network) {
  const connection = await network.accept();
  const asked = await connection.taken();
  for (const packet of asked) await connection.give(suback({ packetId: idOf(packet), returnCodes: [1] }));
  return { connection, asked };
}

async function mount(props: Props) {
  const app = makeApp();
  const root = await acted(async () => create(app.element(props)));
  const { connection, asked } = await acted(() => accept(app.network));
  return { ...app, root, connection, asked };
}

describe('the hooks under StrictMode', () => {
  it('open one connection and one subscription, though effects run twice', async () => {
    const { network, seen, effects, root, connection, asked } = await mount({ filter: 'a/+', name: 'first' });
    expect(effects).toEqual(['on', 'off', 'on']);
    expect(network.connections).toHaveLength(1);
    expect(asked.map(({ type }) => type)).toEqual([PacketType.SUBSCRIBE]);
    expect(root.toJSON()).toBe('online');
    await acted(() => connection.give(message('a/b')));
    expect(seen).toEqual(['first: a/b']);
  });

  it('show the state', async () => {
    const { root, connection, network } = await mount({ filter: 'a', name: 'first' });
    await acted(() => connection.cut());
    expect(root.toJSON()).toBe('waiting');
    await acted(async () => void (await network.clock.advance(2_000)));
    await acted(() => accept(network));
    expect(root.toJSON()).toBe('online');
  });

  it('call the handler of the latest render, and do not subscribe again for it', async () => {
    const { seen, root, connection, element } = await mount({ filter: 'a', name: 'first' });
    await acted(async () => root.update(element({ filter: 'a', name: 'second' })));
    expect(await connection.taken()).toEqual([]);
    await acted(() => connection.give(message('a')));
    expect(seen).toEqual(['second: a']);
  });

  it('leave the old filter for the new one, and give nothing of the old one to the handler', async () => {
    const { seen, root, connection, element } = await mount({ filter: 'a', name: 'first' });
    await acted(async () => root.update(element({ filter: 'b', name: 'first' })));
    const sent = await connection.taken();
    expect(new Set(sent.map(({ type }) => type))).toEqual(new Set([PacketType.SUBSCRIBE, PacketType.UNSUBSCRIBE]));
    await acted(() => connection.give(message('a')));
    for (const packet of sent)
      await acted(() =>
        connection.give(
          packet.type === PacketType.SUBSCRIBE
            ? suback({ packetId: idOf(packet), returnCodes: [1] })
            : unsuback(idOf(packet)),
        ),
      );
    await acted(() => connection.give(message('b')));
    expect(seen).toEqual(['first: b']);
  });

  it('hold a subscription once when a component comes while the client is online', async () => {
    const { seen, root, connection, element } = await mount({ filter: 'a', name: 'first' });
    await acted(async () => root.update(element({ filter: 'a', name: 'first', later: 'b' })));
    const sent = await connection.taken();
    expect(sent.filter(({ type }) => type === PacketType.UNSUBSCRIBE)).toEqual([]);
    await acted(() => connection.give(message('b'))); // a broker may send before it answers
    expect(seen.splice(0)).toEqual(['later: b']);
    for (const packet of sent) await acted(() => connection.give(suback({ packetId: idOf(packet), returnCodes: [1] })));
    expect(await connection.taken()).toEqual([]);
    await acted(() => connection.give(message('b')));
    expect(seen).toEqual(['later: b']);
  });

  it('show that the broker refuses the filter', async () => {
    const app = makeApp();
    const root = await acted(async () => create(app.element({ filter: 'secret', name: 'first' })));
    const connection = await acted(() => app.network.accept());
    const [asked] = await connection.taken();
    await acted(() => connection.give(suback({ packetId: idOf(asked), returnCodes: [0x80] })));
    expect(root.toJSON()).toBe('online SubscriptionRefusedError');
  });

  it('show what comes, in the component of the example', async () => {
    const network = new Network();
    const options = { clock: network.clock, transport: network.transport, beforeConnect: () => ({}) };
    const root = await acted(async () =>
      create(createElement(StrictMode, null, createElement(Light, { url: 'ws://b.test', options }))),
    );
    const { connection } = await acted(() => accept(network));
    expect(root.toJSON()).toBe('?, online');
    await acted(() => connection.give(publish({ topic: 'rooms/kitchen/light', payload: bytes('6f 6e') })));
    expect(root.toJSON()).toBe('on, online');
  });

  it('close the client when the component goes, and when the url changes', async () => {
    const { root, network, connection, element } = await mount({ filter: 'a', name: 'first' });
    await acted(async () => root.update(element({ url: 'ws://c.test', filter: 'a', name: 'first' })));
    expect((await connection.taken()).at(-1)?.type).toBe(PacketType.DISCONNECT);
    expect(root.toJSON()).toBe('connecting');
    const { connection: next } = await acted(() => accept(network));
    expect(next.url).toBe('ws://c.test');
    await acted(async () => root.unmount());
    expect((await next.taken()).at(-1)?.type).toBe(PacketType.DISCONNECT);
    expect(network.connections).toHaveLength(2);
  });
});
