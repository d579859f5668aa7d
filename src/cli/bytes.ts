// Bytes in arguments, in a file or on standard input: as they are, or as text.
import { isUtf8 } from 'node:buffer';
import { bytesIn as pastedIn } from '../explain/pasted.ts';
import { UsageError } from './command.ts';

export type Format = 'auto' | 'hex' | 'base64' | 'binary';

/** A control character that is no white space: binary packets have them, texts do not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for these
const CONTROL = /[\0-\x08\x0e-\x1f\x7f]/;

/** The bytes in a file, or on standard input: as they are, or as text. */
export function bytesOf(given: Uint8Array, format: Format): Uint8Array {
  if (given.length === 0) throw new UsageError('there is nothing to explain');
  if (format === 'binary') return given;
  const text = textOf(given);
  return format === 'auto' && CONTROL.test(text) ? given : bytesIn(text, format);
}

/** PowerShell writes UTF-16. What is not UTF-8 has a character for each byte. A byte order mark counts as white space. */
function textOf(given: Uint8Array): string {
  const bytes = Buffer.from(given);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/** The bytes for which a text stands. Throws UsageError with what it was read as, and where that went wrong. */
export function bytesIn(text: string, format: Format): Uint8Array {
  if (format === 'binary')
    throw new UsageError('binary bytes come from a --file or from standard input, not from an argument');
  if (text.trim() === '') throw new UsageError('there is nothing to explain');
  try {
    return pastedIn(text, format);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${error.message}, or give the bytes in a --file`, { cause: error });
  }
}
