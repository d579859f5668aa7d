import { readFileSync } from 'node:fs';
import { type Annotation, explain as explainBytes } from '../explain/explain.ts';
import { bytesIn, bytesOf, type Format } from './bytes.ts';
import { type Command, command, refuseAsUsage, UsageError } from './command.ts';
import { paint, printJson, printLine, readStdin, tell } from './terminal.ts';

export const explain: Command = command({
  name: 'explain',
  summary: 'explain every byte of a packet',
  usage: '[HEX | BASE64]…',
  says: `Explains every byte of a packet, or of several in a row: what it is, what it says, and where the standard has it.
The bytes are the arguments, a file, or standard input. Exit code 1 says that a packet is broken or cut off, and where.
Mind that a CONNECT shows its password.`,
  options: {
    file: { type: 'string', short: 'f', value: 'FILE', says: 'explain what is in it' },
    format: {
      type: 'string',
      choices: ['auto', 'hex', 'base64', 'binary'],
      default: 'auto',
      says: 'of the bytes',
    },
    json: { type: 'boolean', says: 'one JSON object a line' },
  },
  notes: `Bytes are written as hex (3005, 30 05, 30:05, 0x30 0x05 or \\x30\\x05), as base64, or as programs print them: an escaped
string, an array, a Buffer of Node, a dump of hexdump -C, xxd, od, tcpdump or Wireshark. A file and standard input may
also have them as they are. Hex is hex, also where it could be base64. What is none of these is refused with exit code 2,
and so is base64 that begins no packet, unless base64: stands in front of it.`,
  examples: [
    'mqtt311 explain 30 05 00 01 74 68 69',
    "mqtt311 explain '<Buffer c0 00>'",
    'mqtt311 explain --file capture.bin',
    'xxd -p capture.bin | mqtt311 explain --json',
  ],
  async run({ file, format: chosen, json }, positionals) {
    const format = chosen as Format;
    if (file !== undefined && positionals.length > 0) throw new UsageError('bytes or a --file, not both');
    const bytes = positionals.length > 0 ? bytesIn(positionals.join(' '), format) : bytesOf(await read(file), format);
    const annotations = explainBytes(bytes);
    if (json) for (const annotation of annotations) printJson(asJson(bytes, annotation));
    else show(bytes, annotations);
    const broken = annotations.find(({ error }) => error !== undefined);
    if (broken === undefined) return 0;
    tell(`the packet breaks at byte ${broken.start}: ${broken.field} ${broken.value} [${broken.section}]`);
    return 1;
  },
});

async function read(file: string | undefined): Promise<Uint8Array> {
  return file === undefined ? readStdin() : refuseAsUsage(() => new Uint8Array(readFileSync(file)));
}

function asJson(bytes: Uint8Array, { start, end, field, value, section, error }: Annotation): object {
  const hex = Buffer.from(bytes.subarray(start, end)).toString('hex');
  return { start, end, bytes: hex, field, value, section, ...(error && { error: error.message }) };
}

const ROW = 8;
const MOST_ROWS = 4;
const COLOURS = ['cyan', 'green', 'yellow', 'magenta', 'blue'] as const;

/** A line for each entry: offset, bytes, field, value, section. */
function show(bytes: Uint8Array, annotations: readonly Annotation[]): void {
  const offsetWidth = String(bytes.length).length;
  const fieldWidth = annotations.reduce((width, { field }) => Math.max(width, field.length), 0);
  annotations.forEach(({ start, end, field, value, section, error }, i) => {
    const format = error !== undefined ? 'red' : field === 'not read' ? 'gray' : COLOURS[i % COLOURS.length]!;
    const [first = '', ...more] = rowsOf(bytes.subarray(start, end));
    const offset = String(start).padStart(offsetWidth);
    const words = `${field.padEnd(fieldWidth)}  ${error === undefined ? value : paint('red', value)}`;
    if (i > 0 && isFirstOfPacket(annotations[i]!)) printLine('');
    printLine(`${offset}  ${paint(format, first.padEnd(3 * ROW))} ${words}  ${paint('gray', `[${section}]`)}`);
    for (const row of more) printLine(`${' '.repeat(offsetWidth)}  ${paint(format, row)}`);
  });
}

function isFirstOfPacket({ field }: Annotation): boolean {
  return field === 'Control Packet type and flags';
}

function rowsOf(bytes: Uint8Array): string[] {
  const hex = Buffer.from(bytes.subarray(0, ROW * MOST_ROWS)).toString('hex');
  const rows = hex.match(new RegExp(`.{1,${2 * ROW}}`, 'g'))!.map((row) => row.replace(/..(?=.)/g, '$& '));
  if (bytes.length > ROW * MOST_ROWS) rows.push('…');
  return rows;
}
