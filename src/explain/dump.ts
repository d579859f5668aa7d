// Dumps: lines of an offset, bytes in hex, and the same as text, of hexdump -C, xxd, od, tcpdump and Wireshark.

import { NotInForm } from './place.ts';

/** What begins a line of xxd and tcpdump, and the first line of all others: no packet begins with 0000. */
const FIRST_LINE = /^\s*(?:(?:0x)?[\da-f]{4,}:\s|0{4,}\s+(?=(?:[\da-f]{2}|[\da-f]{4})(?:\s|$)))/i;
const LINE = /^\s*(?:0x)?([\da-f]{4,})(:?)(?:\s+(.*))?$/i;

export function isDump(text: string): boolean {
  return FIRST_LINE.test(text);
}

/** Throws NotInForm where an offset does not fit the bytes before it. */
export function dumpIn(text: string): Uint8Array {
  let digits = ''; // of all bytes
  let base = 0; // how many bytes stand before offset `first`
  let first: number | undefined;
  let row = ''; // digits of the line before
  let isSqueezed = false;
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '') return;
    const fail = (why: string): never => {
      throw new NotInForm(`line ${i + 1} ${why}`);
    };
    if (line.trim() === '*') {
      isSqueezed = true; // lines like the one before are left out, until the next offset
      return;
    }
    const [, label = fail('has no offset'), colon, rest = ''] = LINE.exec(line) ?? [];
    const offset = Number.parseInt(label, label.length === 7 ? 8 : 16); // od alone writes 7 digits, in octal;
    if (first === undefined || (offset === 0 && row !== '')) [first, base] = [offset, digits.length / 2];
    const due = base + offset - first;
    while (isSqueezed && row !== '' && digits.length / 2 < due) digits += row;
    isSqueezed = false;
    if (digits.length / 2 !== due)
      fail(`begins at offset ${label}, but ${digits.length / 2 - base} bytes stand before it`);
    const hex = rest.split(colon === ':' ? /\s{2}/ : /\s{3}|\s*[|>]/)[0]!;
    const isOfWords = colon === '' && /^(?:[\da-f]{4}\b\s*)+$/i.test(hex);
    if (isOfWords) fail('has numbers of 16 bits, whose bytes are swapped on most machines; write hexdump -C or xxd');
    row = hex.replace(/\s/g, '');
    if (!/^(?:[\da-f]{2})*$/i.test(row)) fail(`has ${hex.trim()} where bytes of two digits are due`);
    digits += row;
  });
  return digitsOf(digits);
}

/** The bytes of pairs of digits. */
export function digitsOf(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
