// Packets and spans of time, in a few words.

import { textOf } from '#text';
import type { Packet } from '../src/codec/codec.ts';
import { nameOfType } from '../src/explain/name.ts';
import { bytesOf } from './hex.ts';

export function nameOf(packet: Packet | undefined): string {
  return packet === undefined ? 'not MQTT' : nameOfType(packet.type);
}

/** As text, or how many bytes. */
export function payloadOf(payload: Uint8Array): string {
  return textOf(payload) ?? bytesOf(payload.length);
}

/** Milliseconds as seconds. */
export function seconds(milliseconds: number, digits = 1): string {
  return `${(Math.max(milliseconds, 0) / 1000).toFixed(digits)} s`;
}
