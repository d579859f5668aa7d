import { expect, it } from 'vitest';
import { type Packet, PacketType, puback, pubcomp, pubrec, pubrel, suback, unsuback } from '../../src/codec/codec.ts';
import { DIAGRAMS, receiverRows, senderRows, stateDiagram } from '../../tools/diagrams.ts';
import { message, World } from '../support/world.ts';

it('draws one arrow for all rows between two states, with the event and the note of each', () => {
  const rows = [
    { from: 'begin', event: 'open()', to: 'is open' },
    { from: 'is open', event: 'read()', to: 'is open', note: 'sends a page' },
    { from: 'is open', event: 'close()', to: 'shut' },
    { from: 'is open', event: 'error', to: 'shut', note: 'reports it' },
    { from: 'shut', event: 'delete()', to: 'gone' },
  ];
  expect(stateDiagram(rows, ['begin', 'gone'])).toBe(
    [
      'stateDiagram-v2',
      '  state "is open" as is_open',
      '  [*] --> is_open : open()',
      '  is_open --> is_open : read() / sends a page',
      '  is_open --> shut : close()<br>error / reports it',
      '  shut --> [*] : delete()',
    ].join('\n'),
  );
});

it('refuses labels that Mermaid cannot show, and states that would become one', () => {
  expect(() => stateDiagram([{ from: 'a', event: 'x; y', to: 'b' }])).toThrow("Mermaid cannot show 'x; y'");
  expect(() => stateDiagram([{ from: 'a b', event: 'x', to: 'a-b' }])).toThrow('two of these names look alike');
});

it.each(Object.keys(DIAGRAMS))('makes the diagram %s', (name) => {
  expect(DIAGRAMS[name]!()).toMatch(/^(stateDiagram-v2\n(.*\n)* {2}\w+ --> \w+ : |flowchart TB\n)/);
});

it('draws an arrow for each folder that another one imports from, and no other', () => {
  const imports = DIAGRAMS['imports']!();
  expect(imports).toContain('  session --> codec\n');
  expect(imports).toContain('  client --> session\n');
  expect(imports).not.toMatch(/codec -->|session --> c(lient|onnection)/);
});

const packets: Record<string, Packet> = {
  PUBACK: puback(1),
  PUBREC: pubrec(1),
  PUBREL: pubrel(1),
  PUBCOMP: pubcomp(1),
  SUBACK: suback({ packetId: 1, returnCodes: [1] }),
  UNSUBACK: unsuback(1),
  PUBLISH: message('t', 2, 1, true),
};
const reconnect: Record<string, (world: World) => void> = {
  'connected, session present': (world) => world.reconnect(true),
  'connected, session in doubt': (world) => {
    world.session.disconnected();
    world.session.connected(true, true);
  },
  'connected, session lost': (world) => world.reconnect(false),
};

it.each(senderRows)('leads an exchange from $from at $event to $to', ({ from, event, to }) => {
  const world = World.online();
  let sent: Packet | undefined;
  const begin = {
    'PUBLISH QoS 1': () => world.publish('t', 1),
    'PUBLISH QoS 2': () => world.publish('t', 2),
    PUBREL: () => world.publish('t', 2),
    SUBSCRIBE: () => world.subscribe('t'),
    UNSUBSCRIBE: () => world.unsubscribe('t'),
    done: undefined,
  }[from];
  const exchange = begin?.();
  if (from === 'PUBREL') world.receive(pubrec(1));
  if (reconnect[event]) reconnect[event](world);
  else world.receive(packets[event]!);
  if (world.session.inflightCount > 0) sent = exchange!.packet;
  const name = Object.entries(PacketType).find(([, type]) => type === sent?.type)?.[0] ?? 'done';
  expect(sent?.type === PacketType.PUBLISH ? `${name} QoS ${sent.qos}` : name).toBe(to);
});

it.each(receiverRows)('leads a message from $from at $event to $to', ({ from, event, to }) => {
  const world = World.online();
  const qos = event === 'its turn, QoS 1' ? 1 : 2;
  world.receive(message('before', qos, 9)); // keeps the turn of the other from coming
  if (from !== 'unknown') world.receive(message('t', qos, 1));
  if (from === 'accepted') world.session.accept(world.receipts[1]!);
  if (event === 'the application accepts') world.session.accept(world.receipts[1]!);
  else if (event === 'the application rejects') world.session.reject(world.receipts[1]!);
  else if (event.startsWith('its turn')) world.session.accept(world.receipts[0]!);
  else if (reconnect[event]) reconnect[event](world);
  else world.receive(packets[event]!);
  const state = world.receipts[1]?.state;
  const known = world.receipts.length;
  world.receive(message('t', qos, 1, true));
  const isKnown = world.receipts.length === known;
  expect(isKnown || state === 'rejected' ? state : 'unknown').toBe(to);
});
