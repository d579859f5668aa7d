// What an application's bundle gets with each import: minified by esbuild, gzip -9, in bytes.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { ENTRIES } from './entries.ts';

/** A row of the README's table. */
export interface SizeRow {
  /** The import, below `mqtt311`. */
  readonly entry: string;
  /** What is imported; undefined: everything. */
  readonly names?: readonly string[];
  /** What it is meant to weigh at most. */
  readonly budget?: number;
  /** What it may weigh at most, while the budget is not met or where there is none: it goes down, never up. */
  readonly ceiling: number;
}

export const SIZE_ROWS: readonly SizeRow[] = [
  { entry: '', budget: 7_500, ceiling: 12_780 },
  { entry: '/client', ceiling: 12_065 },
  { entry: '/codec', budget: 3_200, ceiling: 5_700 },
  { entry: '/codec', names: ['encode', 'connect', 'publish', 'subscribe', 'pingreq'], budget: 1_800, ceiling: 2_960 },
  { entry: '/codec', names: ['encode'], ceiling: 2_810 },
  { entry: '/codec', names: ['encodeInto'], ceiling: 2_800 },
  { entry: '/codec', names: ['encodedLength'], ceiling: 2_550 },
  { entry: '/codec', names: ['decode'], ceiling: 4_210 },
  { entry: '/codec', names: ['Decoder'], ceiling: 4_150 },
  { entry: '/session', ceiling: 2_550 },
  { entry: '/keep-alive', ceiling: 450 },
  { entry: '/topics', ceiling: 1_100 },
  { entry: '/topics', names: ['checkTopic'], ceiling: 950 },
  { entry: '/topics', names: ['checkTopicFilter'], ceiling: 1_000 },
  { entry: '/topics', names: ['matches'], ceiling: 200 },
  { entry: '/websocket', ceiling: 950 },
  { entry: '/aliyun', budget: 2_200, ceiling: 2_200 },
  { entry: '/aliyun', names: ['sign'], ceiling: 1_850 },
  { entry: '/explain', ceiling: 6_350 },
  { entry: '/level', ceiling: 6_060 },
];

/** Bytes: an export without a row of its own, such as the builder of a packet or an error, is no larger than this … */
export const SMALL = 400;

/** … or is at least this share of its entry point, and held by the row of that. */
export const NEARLY_ALL = 0.7;

async function bundle(contents: string): Promise<{ code: Uint8Array; names: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: 'src' },
    alias: { '#text': resolve('src/codec/text.ts') },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    metafile: true,
    write: false,
  });
  return { code: outputFiles[0]!.contents, names: Object.values(metafile.outputs)[0]!.exports };
}

/** The source of an entry point. */
const fileOf = (entry: string) => `./${ENTRIES.find(({ name }) => name === entry)!.file}.ts`;

/** Bytes of a bundle that exports these names of an entry point, or all of them. */
export async function sizeOf(entry: string, names: readonly string[] | undefined): Promise<number> {
  const { code } = await bundle(`export ${names ? `{ ${names} }` : '*'} from '${fileOf(entry)}'`);
  return compressed(code);
}

/** Bytes, not compressed, of a bundle that imports all of an entry point and uses nothing of it. */
export async function unusedSizeOf(entry: string): Promise<number> {
  const { code } = await bundle(`import { ${await namesOf(entry)} } from '${fileOf(entry)}'`);
  return code.length;
}

/** What an entry point exports, types aside. */
export async function namesOf(entry: string): Promise<string[]> {
  return (await bundle(`export * from '${fileOf(entry)}'`)).names;
}

const compressed = (code: Uint8Array) => gzipSync(code, { level: 9 }).length;

/** What else there is, weighed alike. */
const PEERS = [
  { name: 'mqtt', is: 'a client, MQTT 3.1 to 5, over TCP too', code: "export * from 'mqtt'" },
  { name: 'paho-mqtt', is: 'a client, MQTT 3.1 and 3.1.1', code: "export * from 'paho-mqtt'" },
  {
    name: 'mqtt-packet',
    is: 'a codec, MQTT 3.1 to 5, with the Buffer and the streams it needs',
    code: "export * from 'mqtt-packet'",
  },
  {
    name: 'u8-mqtt-packet',
    is: 'a codec, here of MQTT 3.1.1, that checks nothing',
    code: "export { mqtt_pkt_ctx } from 'u8-mqtt-packet'; export { default } from 'u8-mqtt-packet/esm/codec_v4_full.js'",
  },
];

/** The README's table of others. */
export async function peersTable(): Promise<string> {
  const lines = PEERS.map(async ({ name, is, code: contents }) => {
    const { code } = await bundle(contents);
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
    return `| ${name} ${version} | ${is} | ${kB(compressed(code))} |`;
  });
  return ['| package | what it is | size |', '| --- | --- | ---: |', ...(await Promise.all(lines))].join('\n');
}

const kB = (bytes: number) => `${(bytes / 1000).toFixed(2)} kB`;

/** The README's table. */
export async function sizeTable(): Promise<string> {
  const lines = SIZE_ROWS.map(async ({ entry, names, budget }) => {
    const size = await sizeOf(entry, names);
    const verdict = budget && `${kB(budget)}: ${size > budget ? '**not met**' : 'met'}`;
    return `| \`mqtt311${entry}\` | ${names?.map((name) => `\`${name}\``).join(', ') ?? 'all'} | ${kB(size)} | ${verdict ?? ''} |`;
  });
  return ['| import | of it | size | budget |', '| --- | --- | ---: | ---: |', ...(await Promise.all(lines))].join(
    '\n',
  );
}
