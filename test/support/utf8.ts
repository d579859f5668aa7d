// UTF-8 through every function of `#text` that knows it: they must agree.
import { putUtf8, readText, textOf, utf8Of } from '#text';
import { ProtocolError } from '../../src/codec/error.ts';

const anyText = () => {};

/** Undefined when it throws ProtocolError [MQTT-1.5.3-1]. */
function unlessRefused<T>(act: () => T): T | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // stacks take most of the time of a million errors
  try {
    return act();
  } catch (error) {
    if (error instanceof ProtocolError && error.clause === 'MQTT-1.5.3-1') return undefined;
    throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Size in bytes, or -1 for a text with a lone surrogate. */
export function utf8Length(text: string): number {
  const size = unlessRefused(() => putUtf8(undefined, 0, text, 'text', anyText)) ?? -1;
  if ((utf8Of(text)?.length ?? -1) !== size) throw new Error('utf8Of() and putUtf8() differ');
  return size;
}

/** Writes a text and returns the offset behind it. */
export function writeUtf8(text: string, target: Uint8Array, offset: number): number {
  const bytes = utf8Of(text)!;
  if (text.includes('\0'))
    target.set(bytes, offset); // the standard has no such string
  else {
    putUtf8(undefined, 0, text, 'text', anyText);
    if (putUtf8(target, offset, text, 'text', anyText) !== bytes.length)
      throw new Error('utf8Of() and putUtf8() differ');
  }
  for (let i = 0; i < bytes.length; i++)
    if (target[offset + i] !== bytes[i]) throw new Error('utf8Of() and putUtf8() differ');
  return offset + bytes.length;
}

export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  const text = unlessRefused(() => readText(bytes, start, end, 'text', anyText));
  if (textOf(bytes, start, end) !== text) throw new Error('textOf() and readText() differ');
  return text;
}
