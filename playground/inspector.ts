// One field in full: where it is, what it says, its bits, and where the standard has it.
import type { Annotation } from '../src/explain/explain.ts';
import { kindOf } from '../src/explain/kind.ts';
import { whyOf } from '../src/explain/why.ts';
import { h } from './dom.ts';
import { type BitGroup, bitGroupsOf } from './field.ts';
import { hexByte } from './hex.ts';
import { addressOf, sentenceOf } from './standard.ts';

/** Bytes whose bits are shown: of a longer field only the first. */
const MOST_BYTES = 4;

type Flip = (offset: number, bit: number) => void;

/** With `flip`, each bit is a button. */
export function inspect(bytes: Uint8Array, annotation: Annotation, flip: Flip | undefined): HTMLElement[] {
  const { start, end, field, value, section, error } = annotation;
  const shown = Math.min(end, start + MOST_BYTES);
  const sections: HTMLElement[] = [
    h('h2', { class: kindOf(annotation) }, field),
    h('p', { class: 'place' }, end - start === 1 ? `byte ${start}` : `bytes ${start} to ${end - 1}`),
    h('p', { class: 'says' }, value),
  ];
  if (error !== undefined) sections.push(verdict(annotation));
  else sections.push(h('p', {}, reference(section)));
  sections.push(h('p', { class: 'why' }, whyOf(field)));
  for (let offset = start; offset < shown; offset++) sections.push(bitsOf(bytes[offset]!, offset, field, flip));
  if (shown < end) sections.push(h('p', { class: 'hint' }, `and ${end - shown} more bytes`));
  if (flip !== undefined) sections.push(h('p', { class: 'hint' }, 'Press a bit to flip it.'));
  return sections;
}

/** Why a packet breaks, in our words, and the statement that says so. */
export function verdict({ section }: Pick<Annotation, 'section'>): HTMLElement {
  const sentence = sentenceOf(section);
  return h('blockquote', {}, sentence !== undefined && h('p', {}, sentence), reference(section));
}

function reference(section: Annotation['section']): HTMLElement {
  return h('a', { href: addressOf(section), target: '_blank', rel: 'noreferrer' }, section);
}

function bitsOf(byte: number, offset: number, field: string, flip: Flip | undefined): HTMLElement {
  const groups = bitGroupsOf(field, byte);
  return h(
    'div',
    { class: 'byte' },
    h('span', { class: 'hex' }, hexByte(byte)),
    h('div', { class: 'bits' }, ...[7, 6, 5, 4, 3, 2, 1, 0].map((bit) => bitOf(byte, offset, bit, groups, flip))),
    groups.length > 0 && h('dl', {}, ...groups.flatMap((group) => groupOf(byte, group))),
  );
}

function bitOf(byte: number, offset: number, bit: number, groups: readonly BitGroup[], flip: Flip | undefined) {
  const value = (byte >> bit) & 1;
  const startsGroup = bit < 7 && groups.some(({ high }) => high === bit);
  const name = groups.find(({ high, low }) => bit <= high && bit >= low)?.name;
  const classes = `bit${value === 1 ? ' one' : ''}${startsGroup ? ' starts-group' : ''}`;
  if (flip === undefined) return h('span', { class: classes }, `${value}`);
  return h(
    'button',
    {
      type: 'button',
      class: classes,
      'data-bit': `${offset}.${bit}`,
      'aria-label': `Byte ${offset}, bit ${bit}${name === undefined ? '' : `, ${name}`}: ${value}`,
      onclick: () => flip(offset, bit),
    },
    `${value}`,
  );
}

function groupOf(byte: number, { name, high, low }: BitGroup): HTMLElement[] {
  const size = high - low + 1;
  const value = (byte >> low) & ((1 << size) - 1);
  return [
    h('dt', {}, size === 1 ? `bit ${high}` : `bits ${high}–${low}`),
    h('dd', {}, name, ' ', h('span', { class: 'number' }, `${value}`)),
  ];
}
