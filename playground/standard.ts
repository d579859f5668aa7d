// The standard: its statements in our words, and where to read its own.
import type { Clause } from '../src/codec/error.ts';
import statements from '../test/standard/normative.json' with { type: 'json' };

const DOCUMENT = 'https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html';

/** Sections that packets break without breaking a numbered statement. */
const SECTIONS: Readonly<Record<string, string>> = {
  '§1.5.3': 'A text has at most 65,535 bytes of UTF-8, and two bytes before it say how many.',
  '§2.2.1': 'The packet type is one of the fourteen of Table 2.1; 0 and 15 are reserved.',
  '§2.2.3': 'The Remaining Length has one byte to four, and counts exactly the bytes of the packet that follow it.',
  '§3.1.2.10': 'Keep Alive is a number of seconds, from 0 to 65,535.',
  '§3.2.2.1': 'Bits 7 to 1 of the Connect Acknowledge Flags are reserved, and must be 0.',
  '§3.2.2.3': 'A CONNACK has a return code from 0 to 5; all others are reserved.',
  '§3.9.3': 'A SUBACK has a return code for each filter of the SUBSCRIBE, so it has one at least.',
};

/** What a clause that is broken says, in our words; undefined for a section that only describes. */
export function sentenceOf(clause: Clause): string | undefined {
  return SECTIONS[clause] ?? statements.find(({ id, printedAs }) => id === clause || printedAs === clause)?.text;
}

// the document counts its headings down to three levels: these are the numbers of those before each first one
const HEADINGS: Readonly<Record<string, number>> = {
  '1.5': 13,
  '2.2': 20,
  '2.3': 24,
  '3.1': 28,
  '3.2': 33,
  '3.3': 37,
  '3.4': 43,
  '3.5': 48,
  '3.6': 53,
  '3.7': 58,
  '3.8': 63,
  '3.9': 68,
  '3.10': 72,
  '3.11': 77,
  '3.12': 81,
  '3.13': 86,
  '3.14': 90,
  '4.3': 99,
  '4.4': 103,
  '4.7': 106,
  '4.8': 110,
};

/** Address of the heading under which a clause stands. */
export function addressOf(clause: Clause): string {
  // printed as MQTT-3-8.3-4 in one place
  const [chapter, section, subsection = 0] = clause.replace('3-8.3', '3.8.3').match(/\d+/g)!;
  const first = HEADINGS[`${chapter}.${section}`];
  return first === undefined ? DOCUMENT : `${DOCUMENT}#_Toc${398_718_000 + first + Number(subsection)}`;
}
