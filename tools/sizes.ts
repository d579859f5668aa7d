// What an application's bundle gets with each import: minified by esbuild, gzip -9, in bytes.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { PORTABLE_ENTRIES } from './entries.ts';

/** What is imported from an entry point below `mqtt311`; without names: everything. */
type Import = readonly [entry: string, ...names: string[]];

/** A row of the table in docs/sizes.md. */
export interface SizeRow {
  readonly imports: readonly Import[];
  /** Bytes, at most. */
  readonly limit: number;
  /** As Node, Deno, Bun and workerd take it; undefined: as everything else does. */
  readonly isFast?: true;
}

const FOUR_PACKETS: Import = ['/codec', 'encode', 'connect', 'publish', 'subscribe', 'pingreq'];
const PARTS: readonly Import[] = [
  [...FOUR_PACKETS, 'Decoder'],
  ['/keep-alive', 'createKeepAlive'],
  ['/websocket', 'webSocketTransport'],
];

export const SIZE_ROWS: readonly SizeRow[] = [
  { imports: [['']], limit: 17_145 },
  { imports: [['/client']], limit: 16_410 },
  { imports: [['/codec']], limit: 3_600 },
  { imports: [['/codec']], limit: 4_800, isFast: true },
  { imports: [FOUR_PACKETS], limit: 1_900 },
  { imports: PARTS, limit: 4_400 },
  { imports: [...PARTS, ['/aliyun', 'sign']], limit: 6_045 },
  { imports: [['/codec', 'encode']], limit: 1_800 },
  { imports: [['/codec', 'encodeInto']], limit: 1_820 },
  { imports: [['/codec', 'encodedLength']], limit: 1_650 },
  { imports: [['/codec', 'decode']], limit: 2_975 },
  { imports: [['/codec', 'Decoder']], limit: 2_940 },
  { imports: [['/session']], limit: 3_345 },
  { imports: [['/keep-alive']], limit: 440 },
  { imports: [['/topics']], limit: 830 },
  { imports: [['/topics', 'checkTopic']], limit: 650 },
  { imports: [['/topics', 'checkTopicFilter']], limit: 680 },
  { imports: [['/topics', 'matches']], limit: 200 },
  { imports: [['/websocket']], limit: 1_120 },
  { imports: [['/aliyun']], limit: 2_200 },
  { imports: [['/aliyun', 'sign']], limit: 1_850 },
  { imports: [['/explain']], limit: 5_315 },
  { imports: [['/level']], limit: 4_080 },
  { imports: [['/level', 'recordStore']], limit: 440 },
  { imports: [['/testing']], limit: 9_000 },
];

/** Bytes: an export without a row of its own, such as the builder of a packet or an error, is no larger than this … */
export const SMALL = 400;

/** … or it is at least this share of its entry point, whose row then limits it. */
export const NEARLY_ALL = 0.7;

async function bundle(contents: string, isFast?: boolean): Promise<{ code: Uint8Array; names: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: 'src' },
    alias: { '#text': resolve(isFast ? 'src/codec/fast/text.ts' : 'src/codec/text.ts') },
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
const fileOf = (entry: string) => `./${PORTABLE_ENTRIES.find(({ name }) => name === entry)!.file}.ts`;

/** Bytes of a bundle that exports all of these imports. */
export async function sizeOf({ imports, isFast }: Pick<SizeRow, 'imports' | 'isFast'>): Promise<number> {
  const lines = imports.map(
    ([entry, ...names]) => `export ${names.length > 0 ? `{ ${names} }` : '*'} from '${fileOf(entry)}'`,
  );
  return compressed((await bundle(lines.join('\n'), isFast)).code);
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

/** The table of others in docs/sizes.md. */
export async function peersTable(): Promise<string> {
  const lines = PEERS.map(async ({ name, is, code: contents }) => {
    const { code } = await bundle(contents);
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
    return `| ${name} ${version} | ${is} | ${kB(compressed(code))} |`;
  });
  return ['| package | what it is | size |', '| --- | --- | ---: |', ...(await Promise.all(lines))].join('\n');
}

export const kB = (bytes: number) => `${(bytes / 1000).toFixed(2)} kB`;

/** A row's imports in Markdown. */
function inWords({ imports, isFast }: SizeRow): string {
  const parts = imports.map(([entry, ...names]) => {
    const from = `\`mqtt311${entry}\``;
    return names.length > 0 ? `${names.map((name) => `\`${name}\``).join(', ')} of ${from}` : from;
  });
  return `${parts.join(', ')}${isFast ? ', the fast one' : ''}`;
}

/** The table in docs/sizes.md. */
export async function sizeTable(): Promise<string> {
  const lines = SIZE_ROWS.map(async (row) => `| ${inWords(row)} | ${kB(await sizeOf(row))} | ${kB(row.limit)} |`);
  return ['| import | size | at most |', '| --- | ---: | ---: |', ...(await Promise.all(lines))].join('\n');
}
