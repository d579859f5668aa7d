// What kinds of fields there are. A page and a terminal give each kind its colour.

import type { Annotation } from './annotator.ts';

export type Kind = 'header' | 'length' | 'identifier' | 'text' | 'number' | 'payload' | 'broken' | 'unread';

const TYPE = 'Control Packet type and flags';
const TEXTS = ['Protocol Name', 'Client Identifier', 'Topic Name', 'Topic Filter', 'Will Topic', 'User Name'];
const PAYLOADS = ['Application Message', 'Will Message', 'Password'];

export function kindOf({ field, error }: Pick<Annotation, 'field' | 'error'>): Kind {
  if (error !== undefined) return 'broken';
  if (field === 'not read') return 'unread';
  if (field === TYPE) return 'header';
  if (/length$/i.test(field)) return 'length';
  if (field === 'Packet Identifier') return 'identifier';
  if (TEXTS.indexOf(field) !== -1) return 'text';
  return PAYLOADS.indexOf(field) !== -1 ? 'payload' : 'number';
}

/** Whether a packet begins here. */
export function beginsPacket({ field }: Annotation): boolean {
  return field === TYPE;
}
