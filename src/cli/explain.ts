import { readFileSync } from 'node:fs';
import { type Capture, captureIn } from '../explain/capture.ts';
import type { Annotation } from '../explain/explain.ts';
import { nameOfPart } from '../explain/name.ts';
import { Packets, type Part } from '../explain/packets.ts';
import { visible } from '../explain/visible.ts';
import { bytesIn, bytesOf, type Format } from './bytes.ts';
import { type Command, command, refuseAsUsage, UsageError } from './command.ts';
import { linesOf } from './drawing.ts';
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
    why: { type: 'boolean', short: 'w', says: 'also say why each field exists' },
    json: { type: 'boolean', says: 'one JSON object a line' },
  },
  notes: `Bytes are written as hex (3005, 30 05, 30:05, 0x30 0x05 or \\x30\\x05), as base64, or as programs print them: an escaped
string, an array, a Buffer of Node, a dump of hexdump -C, xxd, od, tcpdump or Wireshark. A file and standard input may
also have them as they are, or be a capture: pcap or pcapng with MQTT over TCP or WebSocket, or a HAR file. Hex is hex,
also where it could be base64. What is none of these is refused with exit code 2, and so is base64 that begins no packet,
unless base64: stands in front of it.`,
  examples: [
    'mqtt311 explain 30 05 00 01 74 68 69',
    'mqtt311 explain --why --file capture.bin',
    'xxd -p capture.bin | mqtt311 explain --json',
  ],
  async run({ file, format: chosen, json, why }, positionals) {
    const format = chosen as Format;
    if (file !== undefined && positionals.length > 0) throw new UsageError('bytes or a --file, not both');
    const { bytes, parts, notes } =
      positionals.length > 0 ? asCapture(bytesIn(positionals.join(' '), format)) : captured(await read(file), format);
    const packets = new Packets(bytes, parts);
    for (const note of notes) tell(note);
    let broken: Annotation | undefined;
    for (const part of packets.parts) {
      const annotations = packets.explain(part);
      if (json) for (const annotation of annotations) printJson(asJson(bytes, annotation, part));
      else show(packets, part, annotations, why === true);
      broken ??= annotations.find(({ error }) => error !== undefined);
    }
    if (broken === undefined) return 0;
    tell(`the packet breaks at byte ${broken.start}: ${broken.field} ${broken.value} [${broken.section}]`);
    return 1;
  },
});

async function read(file: string | undefined): Promise<Uint8Array> {
  return file === undefined ? readStdin() : refuseAsUsage(() => new Uint8Array(readFileSync(file)));
}

type Given = Pick<Capture, 'bytes' | 'notes'> & { readonly parts: readonly Part[] | undefined };

const asCapture = (bytes: Uint8Array): Given => ({ bytes, parts: undefined, notes: [] });

function captured(given: Uint8Array, format: Format): Given {
  const capture = format === 'auto' ? refuseAsUsage(() => captureIn(given)) : undefined;
  return capture ?? asCapture(bytesOf(given, format));
}

function asJson(bytes: Uint8Array, { start, end, field, value, section, error }: Annotation, { origin }: Part): object {
  const hex = Buffer.from(bytes.subarray(start, end)).toString('hex');
  return { start, end, bytes: hex, field, value, section, ...(error && { error: error.message }), ...origin };
}

/** A line for each entry: offset, bytes, field, value, section. A packet of a capture has its name above. */
function show(packets: Packets, part: Part, annotations: readonly Annotation[], hasReasons: boolean): void {
  const { bytes } = packets;
  if (part.start > 0) printLine('');
  if (part.origin !== undefined) printLine(paint('bold', visible(headingOf(packets, part))));
  const drawing = { stream: process.stdout, offsetWidth: String(bytes.length).length, hasReasons };
  for (const line of linesOf(bytes, annotations, drawing)) printLine(line);
}

function headingOf(packets: Packets, part: Part): string {
  const { direction, connection } = part.origin!;
  const name = `${direction} ${nameOfPart(packets.bytes, part)}`;
  return packets.hasConnections ? `connection ${connection}: ${name}` : name;
}
