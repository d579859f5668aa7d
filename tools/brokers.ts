import { readFileSync } from 'node:fs';
import { BROKERS, type Broker, FAULTS, type Fault, LIMITS } from '../test/all/interop/brokers.ts';
import { casesOf } from '../test/all/interop/cases.ts';
import { FOREIGN } from '../test/all/interop/foreign.ts';

const brokers: readonly Broker[] = Object.values(BROKERS);

const table = (head: readonly string[], align: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [head, align, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function brokersTable(): string {
  const rows = brokers.map((broker) => {
    const { name, source, package: packageName, version, maxQos } = broker;
    const levels = ['0', '1', '2'].slice(0, maxQos + 1).join(', ');
    return [name, version, `${source}: ${packageName}`, 'ws, wss', levels, 2 * casesOf(broker).length];
  });
  const head = ['broker', 'version', 'package', 'over', 'QoS', 'exchanges'];
  return table(head, ['---', '---', '---', '---', '---', '---:'], rows);
}

function faultsTable(): string {
  const rows = (Object.keys(FAULTS) as Fault[]).map((fault) => {
    const names = brokers.filter(({ faults }) => faults.includes(fault)).map(({ name }) => name);
    return [names.join(', '), FAULTS[fault]];
  });
  return table(['broker', 'what it does'], ['---', '---'], rows);
}

function limitsTable(): string {
  const rows = LIMITS.map(({ broker, takes, beyond, within, known }) => [broker, takes, beyond, within, known]);
  const head = ['broker', 'takes', 'beyond that', 'what keeps within it', 'known from'];
  return table(
    head,
    head.map(() => '---'),
    rows,
  );
}

function clientsTable(): string {
  const rows = Object.entries(FOREIGN).map(([name, client]) => [
    name,
    client.version,
    `${client.source}: ${client.package}`,
  ]);
  return table(['client', 'version', 'package'], ['---', '---', '---'], rows);
}

/** docs/brokers.md with fresh generated parts. */
export function freshBrokers(): string {
  const parts = { brokers: brokersTable, faults: faultsTable, limits: limitsTable, clients: clientsTable };
  return Object.entries(parts).reduce(
    (document, [name, make]) => {
      const part = new RegExp(`(<!-- ${name}[^>]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`);
      return document.replace(part, (_, start, end) => `${start}${make()}\n${end}`);
    },
    readFileSync('docs/brokers.md', 'utf8'),
  );
}
