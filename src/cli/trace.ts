// Draws the packets of a client as they pass, on standard error.
import { encode, type Packet, PacketType } from '../codec/codec.ts';
import { explain } from '../explain/explain.ts';
import { detailsOf, nameOfType } from '../explain/name.ts';
import { visible } from '../explain/visible.ts';
import type { Client } from '../index.node.ts';
import { linesOf } from './drawing.ts';
import { clearProgress, paint } from './terminal.ts';

export const TRACE_OPTIONS = {
  trace: { type: 'boolean', says: 'draw every packet on standard error; a password is ********' },
} as const;

/** The client leaves the password out, so not even its length is known here. */
const MASK = new Uint8Array(8).fill(0x2a);

export function trace(client: Client): void {
  const start = performance.now();
  client.on('packet', (direction, packet) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(3);
    const stream = process.stderr;
    const name = visible(`${direction} ${nameOfType(packet.type)} ${detailsOf(packet)}`.trimEnd());
    const bytes = encode(masked(packet));
    const lines = linesOf(bytes, explain(bytes), { stream, offsetWidth: String(bytes.length).length });
    clearProgress();
    stream.write(`${paint('bold', `${seconds} s  ${name}`, stream)}\n${lines.join('\n')}\n\n`);
  });
}

function masked(packet: Packet): Packet {
  const hasPassword = packet.type === PacketType.CONNECT && packet.password !== undefined;
  return hasPassword ? { ...packet, password: MASK } : packet;
}
