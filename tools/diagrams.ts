// Diagrams of the documents, made from the tables that the program runs on.
import { EVENTS, LIFE_CYCLE } from '../src/client/life-cycle.ts';
import { PacketType } from '../src/codec/codec.ts';
import { RECEIVER, type ReceiverOutcome, SENDER, type SenderOutcome } from '../src/session/exchange.ts';
import { FOLDERS } from './folders.ts';
import { foldersUsedBy } from './imports.ts';

/** A row of a table of states. */
export interface Arrow {
  readonly from: string;
  /** What happens in the state `from`. */
  readonly event: string;
  readonly to: string;
  /** What the program does about it, if anything. */
  readonly note?: string | undefined;
}

/** What `<!-- diagram: NAME -->` shows in a document, by NAME: the text of a Mermaid diagram. */
export const DIAGRAMS: Readonly<Record<string, () => string>> = {
  imports: importDiagram,
  sender: () => stateDiagram(senderRows.filter(({ event }) => !isConnection(event))),
  reconnect: () => stateDiagram(senderRows.filter(({ event }) => isConnection(event))),
  receiver: () => stateDiagram(receiverRows),
  client: () =>
    stateDiagram(
      [{ from: 'begin', event: 'createClient() or connect()', to: 'connecting' }, ...clientRows()],
      ['begin'],
    ),
};

/** The folders of src, each with an arrow to those from which its files import. */
function importDiagram(): string {
  const nodeOf = (name: string) => (name === '' ? 'src["src/index.ts"]' : name);
  const arrows = FOLDERS.flatMap(({ name }) =>
    foldersUsedBy(name).map((used) => `${nodeOf(name)} --> ${nodeOf(used)}`),
  );
  const alone = FOLDERS.filter(({ name }) => !arrows.some((arrow) => arrow.split(' --> ').includes(nodeOf(name))));
  return ['flowchart TB', ...[...alone.map(({ name }) => nodeOf(name)), ...arrows].map((line) => `  ${line}`)].join(
    '\n',
  );
}

function clientRows(): Arrow[] {
  return Object.entries(LIFE_CYCLE).flatMap(([from, row]) =>
    Object.entries(row).map(([event, to]) => ({ from, event: EVENTS[event as keyof typeof EVENTS], to })),
  );
}

/**
 * A Mermaid state diagram. Rows between the same two states share an arrow, which has one line for each of them.
 *
 * @param ends names of states that are drawn as the point where all begins or as the point where all ends
 */
export function stateDiagram(rows: readonly Arrow[], ends: readonly string[] = []): string {
  const states = [...new Set(rows.flatMap(({ from, to }) => [from, to]))].filter((name) => !ends.includes(name));
  const ids = new Map(states.map((name) => [name, name.replace(/\W+/g, '_')]));
  if (new Set(ids.values()).size < ids.size) throw new Error(`two of these names look alike: ${states.join('; ')}`);
  const arrows = new Map<string, string[]>();
  for (const { from, event, to, note } of rows) {
    const label = note ? `${event} / ${note}` : event;
    if (/[;\n]/.test(label)) throw new Error(`Mermaid cannot show '${label}'`);
    const arrow = `${ids.get(from) ?? '[*]'} --> ${ids.get(to) ?? '[*]'}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), label]);
  }
  const named = [...ids].filter(([name, id]) => name !== id).map(([name, id]) => `state "${name}" as ${id}`);
  const drawn = [...arrows].map(([arrow, labels]) => `${arrow} : ${labels.join('<br>')}`);
  return ['stateDiagram-v2', ...[...named, ...drawn].map((line) => `  ${line}`)].join('\n');
}

const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(PacketType).map(([name, type]) => [type, name])),
  accepted: 'the application accepts',
  rejected: 'the application rejects',
  resumed: 'connected, session present',
  doubtful: 'connected, session in doubt',
  lost: 'connected, session lost',
};
const isConnection = (event: string) => event.startsWith('connected');

/** A row for each outcome in a table of outcomes, by state and event. */
function rowsOf<Outcome>(
  table: Readonly<Record<string | number, object>>,
  rowOf: (state: string, event: string, outcome: Outcome) => Arrow,
): Arrow[] {
  return Object.entries(table).flatMap(([state, events]) =>
    Object.entries(events).map(([event, outcome]) => rowOf(state, event, outcome)),
  );
}

/** What an exchange goes through at its sender. Its state has the name of the packet that was sent last. */
export const senderRows: readonly Arrow[] = rowsOf<SenderOutcome>(SENDER, (state, event, outcome) => {
  const from = state === '0' ? 'done' : (['', 'PUBLISH QoS 1', 'PUBLISH QoS 2'][Number(state)] ?? NAMES[state]!);
  const row = { from, event: NAMES[event]!, to: 'done' };
  if (outcome === PacketType.PUBREL) return { ...row, to: from === 'done' ? from : 'PUBREL', note: 'sends PUBREL' };
  if (outcome === 'send') return { ...row, to: from, note: 'sends it again' };
  if (outcome === 'send and reject') return { ...row, to: from, note: 'sends it again and fails with MQTT-3.1.2-4' };
  if (outcome === 'send with DUP') return { ...row, to: from, note: 'sends it again with DUP 1' };
  return outcome === 'done' ? row : { ...row, note: `fails with ${outcome[0]}` };
});

/** What a message goes through at its receiver. */
export const receiverRows: readonly Arrow[] = rowsOf<ReceiverOutcome>(RECEIVER, (from, event, outcome) => {
  const row = { from, event: event === '1' || event === '2' ? `its turn, QoS ${event}` : NAMES[event]!, to: from };
  if (outcome === 'repeat') return { ...row, note: 'acknowledges it in its turn' };
  if (outcome === PacketType.PUBREC) return { ...row, note: 'sends PUBREC' };
  if (typeof outcome === 'number') return { ...row, to: 'unknown', note: `sends ${NAMES[outcome]}` };
  return { ...row, to: outcome, note: outcome === 'processing' ? 'delivers it' : undefined };
});
