// The tables and figures of the documents that other commands make: sizes, runtimes, lines, mutants, statements, speed.
import { readdirSync, readFileSync } from 'node:fs';
import { RESULTS, type Record as RuntimesRecord, resultsTable } from '../test/runtimes/table.ts';
import { FOLDERS } from './folders.ts';
import { kB, peersTable, SIZE_ROWS, sizeOf, sizeTable } from './sizes.ts';
import { numbered } from './statements.ts';

/** The documents that have such parts. */
export const TABLED: readonly string[] = [
  'README.md',
  'README.zh-CN.md',
  'docs/sizes.md',
  'docs/runtimes.md',
  'docs/architecture.md',
];

const PARTS: Readonly<Record<string, () => string | Promise<string>>> = {
  points: async () => points(await figures()),
  'points-zh': async () => pointsInChinese(await figures()),
  sizes: sizeTable,
  peers: peersTable,
  runtimes: runtimesTable,
  folders: foldersTable,
};

/** The document with fresh tables and figures. */
export async function freshTables(path: string): Promise<string> {
  let document = readFileSync(path, 'utf8');
  for (const [name, make] of Object.entries(PARTS)) {
    const part = new RegExp(`(<!-- ${name}(?::.*)? -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!part.test(document)) continue;
    const fresh = await make();
    document = document.replace(part, (_, start, end) => `${start}${fresh}\n${end}`);
  }
  return document;
}

function runtimesTable(): string {
  const { date, results }: RuntimesRecord = JSON.parse(readFileSync(RESULTS, 'utf8'));
  return `${resultsTable(results)}\n\nRun on ${date}, on Linux x64.`;
}

function foldersTable(): string {
  const rows = FOLDERS.map(({ name, says }) => `| [src/${name}](../src/${name}) | ${says} | ${linesIn(name)} |`);
  return ['| folder | says | lines |', '| --- | --- | ---: |', ...rows].join('\n');
}

const lineCount = (path: string) => readFileSync(path, 'utf8').split('\n').length - 1;

/** Lines of the TypeScript in a folder of src. */
function linesIn(folder: string): number {
  return readdirSync(`src/${folder}`, { recursive: folder !== '', encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .reduce((sum, name) => sum + lineCount(`src/${folder}/${name}`), 0);
}

interface Figures {
  /** Compressed bundles. */
  readonly client: string;
  readonly codec: string;
  readonly mqttJs: string;
  /** Numbered statements of the standard. */
  readonly statements: number;
  readonly mutants: string;
  readonly survivors: string;
  /** Times as many messages a second as MQTT.js publishes with QoS 0. */
  readonly timesMqttJs: string;
  readonly runtimes: number;
  readonly checks: string;
  /** Of src without the command line. */
  readonly lines: string;
}

async function figures(): Promise<Figures> {
  const found = (path: string, pattern: RegExp): string[] => {
    const match = pattern.exec(readFileSync(path, 'utf8'));
    if (!match) throw new Error(`${path} has nothing that looks like ${pattern}`);
    return match.slice(1);
  };
  const [mutants, survivors] = found('docs/mutants.md', /Of (\d+) mutants (\d+) survived/);
  const [timesMqttJs] = found('bench/wire/results.md', /^\| publish, QoS 0 (?:\|[^|]*){4}\| ([\d.]+) ×/m);
  const [mqttJs] = /\| mqtt [\d.]+ \|[^|]*\| ([\d.]+)/.exec(await peersTable())!.slice(1);
  const { results }: RuntimesRecord = JSON.parse(readFileSync(RESULTS, 'utf8'));
  const whole = results.filter(({ report }) => report?.all !== undefined);
  const sizes = [SIZE_ROWS[0]!, SIZE_ROWS[2]!].map(async (row) => kB(await sizeOf(row)));
  const [client, codec] = await Promise.all(sizes);
  return {
    client: client!,
    codec: codec!,
    mqttJs: `${mqttJs} kB`,
    statements: numbered.length,
    mutants: mutants!,
    survivors: survivors!,
    timesMqttJs: timesMqttJs!,
    runtimes: whole.length,
    checks: whole[0]!.report!.all!.checks.toLocaleString('en'),
    lines: FOLDERS.filter(({ name }) => name !== 'cli')
      .reduce((sum, { name }) => sum + linesIn(name), 0)
      .toLocaleString('en'),
  };
}

const points = (f: Figures) => `\
- **Small.** The client is ${f.client} in a bundle, the codec ${f.codec}; MQTT.js is ${f.mqttJs}. [Sizes](docs/sizes.md)
- **Strict.** A line, a test or a reason for each of the standard's ${f.statements} statements. [Conformance](docs/conformance.md#statements)
- **Fast.** It publishes ${f.timesMqttJs} times as many messages a second as MQTT.js at QoS 0. [Performance](docs/performance.md)
- **Tested.** Of ${f.mutants} changes to the codec its tests missed ${f.survivors}. [Mutants](docs/mutants.md), [reliability](docs/reliability.md)
- **Portable.** The same results in ${f.checks} checks, in ${f.runtimes} runtimes, down to Duktape. [Runtimes](docs/runtimes.md)
- **Readable.** ${f.lines} lines without the command line, and a course that goes through them. [Architecture](docs/architecture.md)`;

const pointsInChinese = (f: Figures) => `\
- **小。** 打包后客户端 ${f.client}，编解码器 ${f.codec}；MQTT.js 为 ${f.mqttJs}。[体积](docs/sizes.md)
- **严格。** 标准中编号的 ${f.statements} 条规定，每一条都有执行它的代码行、验证它的测试，或者只约束服务器的理由。[符合性](docs/conformance.md#statements)
- **快。** 每秒发布的消息数是 MQTT.js 的 ${f.timesMqttJs} 倍（QoS 0）。[性能](docs/performance.md)
- **测试充分。** 对编解码器的 ${f.mutants} 处改动，测试只漏掉 ${f.survivors} 处，其去向列在表中。[变异测试](docs/mutants.md)，[可靠性](docs/reliability.md)
- **到处能跑。** ${f.runtimes} 个运行时在 ${f.checks} 项检查中结果完全相同，从 Node、浏览器到 QuickJS、Hermes 和 Duktape。[运行时](docs/runtimes.md)
- **可读。** 不算命令行共 ${f.lines} 行，按标准的顺序编排，并有[教程](docs/learn/0-broker.md)逐层讲解。[架构](docs/architecture.md)`;
