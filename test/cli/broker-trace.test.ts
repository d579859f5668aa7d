// What `mqtt311 broker --trace` prints.
import { expect, it } from 'vitest';
import { trace } from '../../src/cli/broker-trace.ts';
import {
  connect,
  disconnect,
  encode,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  subscribe,
  unsubscribe,
} from '../../src/codec/codec.ts';
import type { BrokerOptions } from '../../src/testing/testing.ts';
import { join, message, Raw, startBroker, type World } from '../testing/raw.ts';

function startTrace(options: BrokerOptions = {}): { world: World; lines: string[] } {
  const world = startBroker(options);
  const lines: string[] = [];
  trace(world.broker, (line) => void lines.push(line));
  return { world, lines };
}

it('prints a line for each packet, with its columns one below the other', async () => {
  const { world, lines } = startTrace();
  const will = { topic: 'lamp/gone', payload: Buffer.of(), qos: 0, retain: false } as const;
  const lamp = await join(world, 'lamp', { cleanSession: false, keepAlive: 60, username: 'me', will });
  await lamp.subscribe('a/#', 2, 10);
  await lamp.send(message('a/b', 'on', { qos: 2, packetId: 65_535, retain: true }));
  await lamp.send(pubrec(1), pubrel(65_535));
  await lamp.send(pubcomp(1));
  await lamp.send(message('c', 'x', { qos: 1, packetId: 7, dup: true }), message('c', 'x'));
  await lamp.send(unsubscribe({ packetId: 11, topicFilters: ['a/#', 'b'] }));
  await lamp.send(disconnect());
  const said = `
    lamp      ->  CONNECT      session to be kept, keep alive 60 s, user me, will on lamp/gone
    lamp      --  session created
    lamp      <-  CONNACK      accepted
    lamp      ->  SUBSCRIBE    id 10     a/# with QoS 2
    lamp      <-  SUBACK       id 10     granted QoS 2
    lamp      ->  PUBLISH      id 65535  QoS 2 retain  a/b  "on"
    lamp      <-  PUBLISH      id 1      QoS 2  a/b  "on"
    lamp      <-  PUBREC       id 65535  the message has arrived; send it no more
    lamp      ->  PUBREC       id 1      the message has arrived; send it no more
    lamp      ->  PUBREL       id 65535  it will not be sent again; forget the id
    lamp      <-  PUBREL       id 1      it will not be sent again; forget the id
    lamp      <-  PUBCOMP      id 65535  the id is free again; done
    lamp      ->  PUBCOMP      id 1      the id is free again; done
    lamp      ->  PUBLISH      id 7      QoS 1 dup  c  "x"
    lamp      ->  PUBLISH                QoS 0  c  "x"
    lamp      <-  PUBACK       id 7      the message has arrived; done
    lamp      ->  UNSUBSCRIBE  id 11     a/#, b
    lamp      <-  UNSUBACK     id 11
    lamp      ->  DISCONNECT
    lamp      --  connection closed`;
  expect(lines).toEqual(said.split('\n    ').slice(1));
});

it('says that a client is refused, and that a filter is', async () => {
  const { world, lines } = startTrace({
    authenticate: ({ clientId }) => (clientId === 'lamp' ? true : 5),
    authorize: () => false,
  });
  await new Raw(world.broker).send(connect({ clientId: 'thief', keepAlive: 0 }));
  await (await join(world, 'lamp')).send(
    subscribe({
      packetId: 1,
      subscriptions: [
        { topicFilter: 'a', qos: 0 },
        { topicFilter: 'b', qos: 1 },
      ],
    }),
  );
  expect(lines).toContain('thief     <-  CONNACK      refused: not authorized');
  expect(lines).toContain('lamp      --  session unauthorized a');
  expect(lines).toContain('lamp      <-  SUBACK       id 1      refused, refused');
});

it('shows the beginning of a long text, how long other bytes are, and no character that harms a terminal', async () => {
  const { world, lines } = startTrace();
  const client = await join(world, 'a client with a \u001b long name');
  const payloads = [Buffer.from('x'.repeat(41)), Buffer.of(0xff, 0xfe, 0), Buffer.from('a\nb\u001b')];
  await client.send(...payloads.map((payload) => publish({ topic: 't', payload })));
  const name = 'a client with a \\u001b long name';
  expect(lines.filter((line) => line.includes('PUBLISH'))).toEqual([
    `${name}  ->  PUBLISH                QoS 0  t  "${'x'.repeat(40)}"… 41 bytes`,
    `${name}  ->  PUBLISH                QoS 0  t  3 bytes`,
    `${name}  ->  PUBLISH                QoS 0  t  "a\\nb\\u001b"`,
  ]);
});

it('shows a resumed session, what is lost with a connection, and bytes that are not a packet', async () => {
  const { world, lines } = startTrace();
  const first = await join(world, 'lamp', { cleanSession: false });
  world.broker.network.hold({ direction: 'down' });
  await first.send(message('a', 'x', { qos: 1, packetId: 1 }));
  world.broker.network.cut();
  world.broker.network.restore();
  await join(world, 'lamp', { cleanSession: false });
  new Raw(world.broker).write(encode(disconnect()).fill(0xff));
  await first.taken();
  expect(lines).toContain('lamp      <-  PUBACK       id 1      the message has arrived; done  (lost)');
  expect(lines).toContain('lamp      --  session resumed');
  expect(lines).toContain('lamp      <-  CONNACK      accepted, session present');
  expect(lines).toContain('?         ->  bytes that are not a packet');
});
