// Arrays of bytes as programs print and write them: [192, 0], Uint8Array(2) [192, 0], <Buffer c0 00>, { 0xc0, 0x00 }.

import { digitsOf } from './dump.ts';
import { characterAt, NotInForm } from './place.ts';

const BUFFER = /^\s*<(?:Slow)?Buffer\b([^>]*)>\s*$/;
/** What may stand before the numbers: nothing, the name of a type or of its builder, JSON of a Buffer, a variable of C. */
const LIST =
  /^\s*(?:(?:new )?[A-Z]\w*(?:\(\d*\)|\.(?:from|of)\(|\()?|bytes\(|bytearray\(|\[\]byte|\{"type":"Buffer","data":|[\w\s]*\[\d*\]\s*=)?\s*[[{]?([^[\]{}()<>]*)([\]})]*)[\s)\]};]*$/;

/** Whether a text is written as an array, even with something wrong in it. */
export function isList(text: string): boolean {
  return BUFFER.test(text) || (/[[{]|\.of\(/.test(text) && LIST.test(text));
}

/** Throws NotInForm where a number is not a byte. */
export function listIn(text: string): Uint8Array {
  const hex = BUFFER.exec(text)?.[1];
  const items = hex ?? LIST.exec(text)![1]!;
  const more = /\.\.\.\s*(\d+) more (?:bytes?|items?)/.exec(items);
  if (more !== null) throw new NotInForm(`${more[0].slice(3).trim()} were not printed; print all of them as hex`);
  const tokens = /[^\s,]+/g;
  const offset = text.indexOf(items);
  const bytes: number[] = [];
  for (let found = tokens.exec(items); found !== null; found = tokens.exec(items)) {
    const at = () => characterAt(text, offset + found!.index);
    const [token] = found;
    if (hex !== undefined && !/^[\da-f]{2}$/i.test(token)) throw new NotInForm(`${at()} begins no byte of two digits`);
    bytes.push(hex === undefined ? byteOf(token, at) : digitsOf(token)[0]!);
  }
  if (bytes.length === 0) throw new NotInForm('there is nothing in it');
  return Uint8Array.from(bytes);
}

/** Java prints a byte above 127 as a negative number. */
function byteOf(token: string, at: () => string): number {
  const value = /^(?:0x[\da-f]+|-?\d+)$/i.test(token) ? Number(token) : Number.NaN;
  if (Number.isNaN(value)) throw new NotInForm(`${at()} begins no number`);
  if (value < -128 || value > 255) throw new NotInForm(`${token} is no byte, which is at most 255`);
  return value & 0xff;
}
