import { describe, expect, it } from 'vitest';
import { bytesIn, bytesOf, type Format } from '../../src/cli/bytes.ts';
import { UsageError } from '../../src/cli/command.ts';
import { runHere } from '../support/run.ts';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const read = (text: string, format: Format = 'auto') => hexOf(bytesIn(text, format));
const fileWith = (content: Uint8Array) => hexOf(bytesOf(content, 'auto'));
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

describe('the bytes of mqtt311 explain', () => {
  it.each([
    '3005000174',
    '30 05 00 01 74',
    '30:05:00:01:74',
    '0x30,0x05, 00 0174\n',
    '0x3005000174',
    '\\x30\\x05\\x00\\x01\\x74',
    '\\x30 \\x05\\x00\n\\x01\\X74',
  ])('are read from hex when they are written as %j', (text) => expect(read(text)).toBe('3005000174'));

  it.each(['MAUAAXRoaQ==', 'MAUAAXRoaQ', 'MAUA\n AXRo\naQ==\n'])('are read from base64 when they are %j', (text) =>
    expect(read(text)).toBe('30050001746869'),
  );

  it('are read from base64 of the alphabet for URLs', () => expect(read('MAMAAP-_', 'base64')).toBe('30030000ffbf'));

  it.each([
    [
      'zz',
      "this is neither hex nor base64; as hex: 'z' at character 1 is no digit; as base64: its last digit, z, has bits",
    ],
    ['3', 'as hex: the byte at character 1 has one digit, and needs two'],
    ['30 5 00', 'as hex: the byte at character 4 has one digit, and needs two'],
    ['30050', 'as hex: there are 5 digits from character 1 on, and a byte has two'],
    ['EAA', 'as base64: all its digits are those of hex'],
    ['c0 00\nd0 0g', "as hex: 'g' at line 2, character 5 is no digit"],
    ['300xc0', "as hex: 'x' at character 4 is no digit"],
    ['30 \u20ac5', "as hex: '\u20ac' at character 4 is no digit"],
    [',', 'as hex: there are no digits'],
    ['\\x30\\x5', "a byte is \\x and two digits, and '\\' at character 5 begins none"],
    ['\\x30\\x05thi', "'t' at character 9 begins none"],
    ['hello123', 'as base64: its first byte, 85, begins no packet (base64: in front says that it is meant)'],
    ['MAUAAXRoaQ=', 'as base64: 10 digits end with ==, not ='],
    ['MAUAAXRoaQ==MAUA', "as base64: '=' at character 11 does not belong there"],
    ['MAUAAXRoaR==', 'as base64: its last digit, R, has bits that belong to no byte'],
    ['MAMAAP-/', 'as base64: it has digits of two alphabets'],
    ['MAUAAXRoa', 'as base64: its length, 9, is one more than a multiple of 4'],
  ])('are not guessed from %j', (text, words) => {
    expect(() => bytesIn(text, 'auto')).toThrow(UsageError);
    expect(() => bytesIn(text, 'auto')).toThrow(words);
    expect(() => bytesIn(text, 'auto')).toThrow(/; write hex \(.*\) or base64/);
  });

  it('have to be said to be hex or base64 when they begin a packet as base64 alone', () => {
    expect(() => bytesIn('EAAB', 'auto')).toThrow('write base64:EAAB, or hex with spaces');
    expect([read('EAAB', 'hex'), read('base64:EAAB'), read('EA AB'), read('c000d000')]).toEqual([
      'eaab',
      '100001',
      'eaab',
      'c000d000',
    ]);
  });

  it('are in the form that was said, or in none', () => {
    expect(read('zzzz', 'base64')).toBe('cf3cf3');
    expect(() => bytesIn('MAUA', 'hex')).toThrow("this is not hex: 'M' at character 1 is no digit");
    expect(() => bytesIn('30:05', 'base64')).toThrow("this is not base64: ':' at character 3 does not belong there");
  });

  it('are as they are in a file that is no text', () => {
    expect(fileWith(Uint8Array.of(0xc0, 0))).toBe('c000');
    expect(hexOf(bytesOf(Buffer.from('zz'), 'binary'))).toBe('7a7a');
  });

  it('are read from a text file, whatever byte order mark it has', () => {
    expect(fileWith(Buffer.from('\ufeffc0 00\r\n'))).toBe('c000');
    expect(fileWith(utf16('c0 00'))).toBe('c000');
  });

  it('are not taken for binary when a text has a letter that is not ASCII', () => {
    expect(() => fileWith(Buffer.from('30 05\u00a000'))).not.toThrow(); // it is white space
    expect(() => fileWith(Buffer.from('30 05 \u201c00\u201d'))).toThrow("'\u201c' at character 7 is no digit");
    expect(() => fileWith(Buffer.from('30 05 \xe9', 'latin1'))).toThrow("'\u00e9' at character 7 is no digit");
  });

  it('are missing when there is nothing but white space', () => {
    for (const text of ['', ' \n']) expect(() => bytesIn(text, 'auto')).toThrow('there is nothing to explain');
    expect(() => bytesOf(new Uint8Array(0), 'binary')).toThrow('there is nothing to explain');
  });

  it('end with exit code 2 when they cannot be read', async () => {
    const { code, stdout, stderr } = await runHere(['explain', 'zz']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^mqtt311: this is neither hex nor base64; .*; see mqtt311 explain --help\n$/);
    const binary = await runHere(['explain', '--format', 'binary', 'abc']);
    expect(binary).toMatchObject({ code: 2, stderr: expect.stringContaining('not from an argument') });
  });
});
