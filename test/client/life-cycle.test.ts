// The client runs on its table: whichever row is another, some client lives another life.
import { describe, expect, it } from 'vitest';
import type { Client, ConnectOptions } from '../../src/client/client.ts';
import { type ClientState, LIFE_CYCLE, type LifeCycleEvent } from '../../src/client/life-cycle.ts';
import { connack } from '../../src/codec/codec.ts';
import { fate, Network } from '../support/fake-network.ts';

const table = LIFE_CYCLE as Record<ClientState, Partial<Record<LifeCycleEvent, ClientState>>>;
const states = Object.keys(table) as ClientState[];
const rows = states.flatMap((state) =>
  (Object.keys(table[state]) as LifeCycleEvent[]).map((event) => ({ state, event, next: table[state][event]! })),
);

/** A client that is online, if that comes to pass. */
async function online(network: Network, options?: ConnectOptions): Promise<Client> {
  const connecting = network.connect(options);
  await network.accept();
  await network.clock.advance(0);
  const client = (await fate(connecting)) as Client;
  client.on('state', (state, cause) => network.log.push(`${state} ${cause}`));
  client.on('error', (error) => network.log.push(`${error}`));
  return client;
}

/** A life, and what was seen of it besides states and errors. */
type Scenario = (network: Network) => Promise<unknown>;

const scenarios: Record<string, Scenario> = {
  async 'is refused for good'(network) {
    const connecting = network.connect();
    await network.connection.open();
    await network.connection.give(connack({ returnCode: 5 }));
    return fate(connecting);
  },
  async 'comes back after a failed attempt, and is closed'(network) {
    const client = await online(network);
    await network.connection.cut();
    await network.clock.advance(network.clock.pending[0]!);
    client.wake(); // changes nothing while it is connecting
    await network.connection.cut();
    await network.clock.advance(network.clock.pending[0]!);
    await network.accept();
    client.wake(); // changes nothing while it is online
    await network.clock.advance(0);
    const closing = client.close();
    await network.connection.cut(1000);
    client.wake(); // changes nothing when it is closed
    return [client.state, await fate(closing)];
  },
  async 'is woken, and closed while it connects'(network) {
    const client = await online(network);
    await network.connection.cut();
    client.wake();
    return [client.state, await fate(client.close())];
  },
  async 'loses its only connection, and is closed again'(network) {
    const client = await online(network, { reconnect: false });
    await network.connection.cut();
    return [client.state, await fate(client.close())];
  },
  async 'is closed while it waits'(network) {
    const client = await online(network);
    await network.connection.cut();
    return [await fate(client.close()), client.state];
  },
  async 'is given up while it waits'(network) {
    const { signal, abort } = abortable();
    const client = network.create({ signal });
    await network.connection.cut();
    abort();
    return [client.state, await fate(client.ready)];
  },
  async 'is given up while it is paused'(network) {
    const { signal, abort } = abortable();
    const client = network.create({ signal });
    await fate(client.pause());
    abort();
    return [client.state, await fate(client.ready)];
  },
  async 'is paused and resumed, online and while it connects'(network) {
    const client = await online(network);
    const pausing = client.pause();
    const states: unknown[] = [client.state, await fate(pausing)];
    await network.connection.cut(1000);
    states.push(await fate(pausing));
    client.wake(); // changes nothing while it is paused
    await network.clock.advance(1_000_000);
    const resuming = client.resume();
    states.push(client.state, await fate(resuming));
    void client.pause();
    void client.resume();
    await network.accept();
    return [...states, client.state, await fate(resuming)];
  },
  async 'is paused while it waits, and closed'(network) {
    const client = await online(network);
    await network.connection.cut();
    await fate(client.pause());
    const states = [client.state, network.clock.pending];
    return [...states, await fate(client.close()), client.state];
  },
  async 'makes a new connection, online, while it connects and while it waits'(network) {
    const client = await online(network);
    const renewing = client.reconnect();
    const states: unknown[] = [client.state, await fate(renewing)];
    void client.reconnect();
    await network.accept();
    states.push(client.state, await fate(renewing));
    await network.connection.cut();
    void client.reconnect();
    return [...states, client.state];
  },
};

function abortable() {
  const listeners: (() => void)[] = [];
  const signal = {
    aborted: false,
    reason: new Error('enough'),
    addEventListener: (_: string, listener: () => void) => void listeners.push(listener),
    removeEventListener() {},
  };
  return { signal, abort: () => listeners[0]!() };
}

/** What is seen of all scenarios. */
function lives(): Promise<unknown[]> {
  return Promise.all(
    Object.values(scenarios).map(async (play) => {
      const network = new Network();
      const seen = await play(network).catch(String);
      const ends = network.connections.map(({ end, packets }) => [end, packets.length]);
      return [seen, network.log, ends, network.clock.pending];
    }),
  );
}

/** Plays all scenarios with one row of the table changed. */
async function livesWith(state: ClientState, event: LifeCycleEvent, next: ClientState | undefined): Promise<unknown[]> {
  const { [event]: before, ...others } = table[state];
  const row = table[state];
  if (next === undefined) delete row[event];
  else row[event] = next;
  try {
    return await lives();
  } finally {
    for (const key of Object.keys(row)) delete row[key as LifeCycleEvent];
    Object.assign(row, others, before && { [event]: before });
  }
}

describe('the table of states', () => {
  it.each(rows)(
    'leads from $state, when it is $event, to $next and to no other state',
    async ({ state, event, next }) => {
      const asItIs = await lives();
      for (const other of [undefined, ...states].filter((each) => each !== next))
        expect(await livesWith(state, event, other), `${other} instead of ${next}`).not.toEqual(asItIs);
      expect(await lives()).toEqual(asItIs);
    },
  );

  it.each([
    ['connecting', 'woken', 'connecting'],
    ['online', 'woken', 'connecting'],
    ['closed', 'woken', 'connecting'],
    ['closed', 'close', 'closed'],
  ] as const)('has no row for a client that is %s when it is %s', async (state, event, next) => {
    expect(await livesWith(state, event, next)).not.toEqual(await lives());
  });

  it('leads from no state to itself but by reconnect(), and from closed to none', () => {
    const own = rows.filter(({ state, next }) => state === next || state === 'closed');
    expect(own).toEqual([{ state: 'connecting', event: 'renew', next: 'connecting' }]);
  });
});
