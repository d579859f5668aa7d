// Bytes as other programs write them.
import { execFileSync } from 'node:child_process';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesIn } from '../../src/explain/pasted.ts';
import { prop } from '../support/arbitraries.ts';
import { hex } from '../support/hex.ts';

const read = (text: string) => hex(bytesIn(text));
const hexdump = (bytes: Uint8Array) => {
  const rows = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => bytes.subarray(16 * i, 16 * i + 16));
  return rows.map((row, i) => ({ offset: 16 * i, row, digits: hex(row).split(' ') }));
};
const ascii = (row: Uint8Array) => String.fromCharCode(...row).replace(/[^ -~]/g, '.');
const number = (value: number, size: number) => value.toString(16).padStart(size, '0');

/** What programs print of the same bytes. */
const PROGRAMS: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  'console.log of a Uint8Array': (bytes) => inspect(bytes, { maxArrayLength: null }),
  'console.log of an array': (bytes) => inspect([...bytes], { maxArrayLength: null }),
  'console.log of a Buffer': (bytes) => `<Buffer ${hex(bytes)}>`,
  'JSON of a Buffer': (bytes) => JSON.stringify(Buffer.from(bytes)),
  'a call of Uint8Array.of': (bytes) => `Uint8Array.of(${bytes.join(', ')})`,
  'a call of Buffer.from': (bytes) => `Buffer.from([${bytes.join(', ')}])`,
  'a list of Go': (bytes) => `[${bytes.join(' ')}]`,
  'a list of Java': (bytes) => `[${Array.from(bytes, (byte) => (byte << 24) >> 24).join(', ')}]`,
  'bytes of Python': (bytes) =>
    `b'${Array.from(bytes, (byte) => {
      const character = String.fromCharCode(byte);
      if (character === "'" || character === '\\') return `\\${character}`;
      return byte >= 0x20 && byte < 0x7f ? character : `\\x${number(byte, 2)}`;
    }).join('')}'`,
  'a C array of Wireshark': (bytes) =>
    `static const unsigned char pkt1[${bytes.length}] = {\n${Array.from(bytes, (byte) => `0x${number(byte, 2)}`)}\n};`,
  'an escaped string of Wireshark': (bytes) =>
    hexdump(bytes)
      .map(({ digits }) => `"${digits.map((pair) => `\\x${pair}`).join('')}"`)
      .join(' \\\n'),
  'a dump of Wireshark': (bytes) =>
    hexdump(bytes)
      .map(({ offset, row, digits }) => `${number(offset, 4)}   ${digits.join(' ').padEnd(50)}${ascii(row)}`)
      .join('\n'),
  'hexdump -C': (bytes) =>
    hexdump(bytes)
      .map(({ offset, row, digits }) => {
        const halves = [digits.slice(0, 8).join(' '), digits.slice(8).join(' ')].join('  ').trimEnd();
        return `${number(offset, 8)}  ${halves.padEnd(50)}|${ascii(row)}|`;
      })
      .concat(number(bytes.length, 8))
      .join('\n'),
  xxd: (bytes) =>
    hexdump(bytes)
      .map(({ offset, row, digits }) => {
        const words = digits.join('').match(/.{1,4}/g)!;
        return `${number(offset, 8)}: ${words.join(' ').padEnd(40)} ${ascii(row)}`;
      })
      .join('\n'),
  'tcpdump -X': (bytes) =>
    hexdump(bytes)
      .map(({ offset, row, digits }) => {
        const words = digits.join('').match(/.{1,4}/g)!;
        return `\t0x${number(offset, 4)}:  ${words.join(' ').padEnd(41)}${ascii(row)}`;
      })
      .join('\n'),
  'od -t x1': (bytes) =>
    hexdump(bytes)
      .map(({ offset, digits }) => `${offset.toString(8).padStart(7, '0')} ${digits.join(' ')}`)
      .concat(bytes.length.toString(8).padStart(7, '0'))
      .join('\n'),
  base64: (bytes) => `base64:${Buffer.from(bytes).toString('base64')}`,
  base64url: (bytes) => `base64:${Buffer.from(bytes).toString('base64url')}`,
  'a data: URL': (bytes) => `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`,
};

describe('text of another program', () => {
  describe.each(Object.entries(PROGRAMS))('%s', (_, write) => {
    prop([fc.uint8Array({ minLength: 1, maxLength: 300 })], { numRuns: 100 })('is read as its bytes', (bytes) => {
      expect(read(write(bytes))).toBe(hex(bytes));
    });
  });

  it('is read as the real programs write it', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i < 70 ? 0x61 : i)); // so that lines are squeezed to *
    for (const [program, ...args] of [
      ['od', '-A', 'o', '-t', 'x1'],
      ['od', '-A', 'x', '-t', 'x1z', '-v'],
    ])
      expect(read(execFileSync(program!, args, { input: bytes }).toString()), args.join(' ')).toBe(hex(bytes));
  });

  it.each([
    ['<Buffer c0 00>', 'c0 00'],
    ['[0xc0, 0]', 'c0 00'],
    ['\\xc0\\x00', 'c0 00'],
    ['c0:00', 'c0 00'],
    ['Uint8Array(2) [192, 0]', 'c0 00'],
    ['Uint8Array(2) [ 192, 0 ]', 'c0 00'],
    ['{ 0xc0, 0x00 }', 'c0 00'],
    ['[-64, 0]', 'c0 00'],
    ['b"\\xc0\\x00"', 'c0 00'],
    ['"\\xc0\\0"', 'c0 00'],
    ['0000 c0 00\n0000 d0 00', 'c0 00 d0 00'], // packets one after the other, as text2pcap takes them
    ['00000000: 3005 0001 7468 69  0..thi', '30 05 00 01 74 68 69'],
    ['00000010: c000  ..', 'c0 00'],
    ['MAMAAXQ', '30 03 00 01 74'],
  ])('%j is %s', (text, expected) => expect(read(text)).toBe(expected));

  it.each([
    ['zz', "neither hex nor base64; as hex: 'z' at character 1 is no digit"],
    ['[192, 256]', 'this is not an array of bytes: 256 is no byte, which is at most 255'],
    ['[192, x]', "'x' at character 7 begins no number"],
    ['[]', 'there is nothing in it'],
    ['<Buffer c0 0>', "'0' at character 12 begins no byte of two digits"],
    ['<Buffer 30 30 ... 950 more bytes>', '950 more bytes were not printed; print all of them as hex'],
    ['Uint8Array(900) [ 1, 2, ... 800 more items ]', '800 more items were not printed'],
    ['0000000 00c0 00d0', 'numbers of 16 bits, whose bytes are swapped'],
    [
      '0000   c0 00\n0010   d0 00',
      'this is not a whole dump: line 2 begins at offset 0010, but 2 bytes stand before it',
    ],
    ['0000   c0 00\nhello', 'line 2 has no offset'],
    ['0000   c0 0g', 'line 1 has c0 0g where bytes of two digits are due'],
    ['"\\xc0\\q"', "a byte is \\x and two digits, and '\\' at character 6 begins none"],
    ['""', 'there is nothing between the quotes'],
    ['base64:A', 'this is not base64: its length, 1'],
  ])('%j is refused, and the message says why', (text, words) => {
    expect(() => bytesIn(text)).toThrow(RangeError);
    expect(() => bytesIn(text)).toThrow(words);
  });
});
