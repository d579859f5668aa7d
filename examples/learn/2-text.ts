import { decode, encode, publish } from 'mqtt311/codec';
import { hex } from './show.ts';

const payload = new Uint8Array(0);
for (const topic of ['21 °C', '\u{feff}mark', 'half a \u{d83c}', 'nul \u{0}'])
  try {
    console.log(hex(encode(publish({ topic, payload }))));
  } catch (error) {
    console.log(`${error}`);
  }

const overlong = Uint8Array.of(0x30, 4, 0, 2, 0xc0, 0xaf); // '/' in two bytes, to slip past a check for '/'
try {
  decode(overlong);
} catch (error) {
  console.log(`${error}`);
}
