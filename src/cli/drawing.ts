// Explained packets on a terminal: a table of offsets, bytes, fields and values, in the colours of the playground.
import type { WriteStream } from 'node:tty';
import type { Annotation } from '../explain/explain.ts';
import { type Kind, kindOf } from '../explain/kind.ts';
import { visible } from '../explain/visible.ts';
import { whyOf } from '../explain/why.ts';
import { paint } from './terminal.ts';

const COLOURS: Readonly<Record<Kind, Parameters<typeof paint>[0]>> = {
  header: 'blue',
  length: 'gray',
  identifier: 'magenta',
  text: 'green',
  number: 'cyan',
  payload: 'yellow',
  broken: 'red',
  unread: 'dim',
};

/** Rows of bytes of one field; the rest is left out. */
const MOST_ROWS = 4;
/** Columns for the name of a field: that of the longest one. */
const FIELD = 'Control Packet type and flags'.length;
/** Columns for a value, at least: on a narrower terminal lines break elsewhere. */
const LEAST_VALUE = 20;

export interface Drawing {
  /** Where it goes: its width, and whether it has colours. */
  readonly stream: WriteStream;
  /** Digits of the largest offset. */
  readonly offsetWidth: number;
  readonly hasReasons?: boolean;
}

/** The lines of some fields of `bytes`. */
export function linesOf(bytes: Uint8Array, annotations: readonly Annotation[], drawing: Drawing): string[] {
  return annotations.flatMap((annotation) => linesOfField(bytes, annotation, drawing));
}

function linesOfField(
  bytes: Uint8Array,
  annotation: Annotation,
  { stream, offsetWidth, hasReasons }: Drawing,
): string[] {
  const { start, end, field, value, section, error } = annotation;
  const colour = COLOURS[kindOf(annotation)];
  const width = stream.columns ?? 80;
  const row = width < 100 ? 4 : 8; // bytes in a line
  const rows = rowsOf(bytes.subarray(start, end), row);
  const left = offsetWidth + 2 + 3 * row + FIELD + 2;
  const room = Math.max(width - left, LEAST_VALUE);
  const says = wrap(`${value} [${section}]`, room);
  const why = hasReasons ? wrap(whyOf(field) ?? '', room) : [];
  const words = [...says, ...why];
  return Array.from({ length: Math.max(rows.length, words.length) }, (_, i) => {
    const offset = (i === 0 ? `${start}` : '').padStart(offsetWidth);
    const name = (i === 0 ? field : '').padEnd(FIELD);
    const digits = (rows[i] ?? '').padEnd(3 * row - 1);
    const painted = rows[i] === undefined ? digits : paint(colour, digits, stream);
    const said =
      i < says.length ? asValue(words[i] ?? '', error !== undefined, stream) : paint('dim', words[i] ?? '', stream);
    return `${offset}  ${painted} ${name}  ${said}`.trimEnd();
  });
}

/** The section at the end is grey, and what is wrong red. */
function asValue(text: string, isBroken: boolean, stream: WriteStream): string {
  const [, value = '', section = ''] = /^(.*?)(\[[^[\]]*\])?$/.exec(text) ?? [];
  const said = isBroken && value !== '' ? paint('red', value, stream) : value;
  return section === '' ? said : `${said}${paint('gray', section, stream)}`;
}

function rowsOf(bytes: Uint8Array, size: number): string[] {
  const hex = Buffer.from(bytes.subarray(0, size * MOST_ROWS)).toString('hex');
  const rows = hex.match(new RegExp(`.{1,${2 * size}}`, 'g'))!.map((row) => row.replace(/..(?=.)/g, '$& '));
  if (bytes.length > size * MOST_ROWS) rows.push('…');
  return rows;
}

/** Characters that take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** One column each. */
const NARROW = /^[ -~§]*$/;

const widthOf = (text: string) =>
  NARROW.test(text) ? text.length : [...text].reduce((width, character) => width + (WIDE.test(character) ? 2 : 1), 0);

/** Breaks text into lines of at most `width` columns, between words where possible. */
export function wrap(text: string, width: number): string[] {
  if (text.length <= width && NARROW.test(text)) return text === '' ? [] : [text];
  const lines: string[] = [];
  let line = '';
  const push = () => {
    if (line !== '') lines.push(line);
    line = '';
  };
  for (const word of visible(text).split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) push();
    if (line !== '') line += ' ';
    for (const character of widthOf(word) > width ? word : [word]) {
      if (widthOf(line) + widthOf(character) > width) push();
      line += character;
    }
  }
  push();
  return lines;
}
