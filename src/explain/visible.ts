// Text from elsewhere, made fit to be shown: on a terminal, in a page, in a message.

// controls, marks of direction, joiners, separators, byte order marks
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for these
  /[\0-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/g;

/**
 * Writes every character that a reader cannot see as JSON does, `\u001b`. What is left moves no cursor, sends no
 * command to a terminal and turns no text around. JSON stays JSON, with the same meaning.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (unit) => `\\u${(unit.charCodeAt(0) + 0x10000).toString(16).slice(1)}`);
}
