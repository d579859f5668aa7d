import { Decoder } from 'mqtt311/codec';

const decoder = new Decoder({ maxPacketSize: 65_536 });
const read = () => {
  try {
    console.log(decoder.read());
  } catch (error) {
    console.log(`${error}`);
  }
};
decoder.push(Uint8Array.of(0x30, 0xff, 0xff)); // 2 MiB are announced …
read();
decoder.push(Uint8Array.of(0x7f)); // … and that was the last length byte
read();
decoder.push(Uint8Array.of(0xd0, 0x00)); // a good PINGRESP, but the decoder cannot know where it begins
read();
