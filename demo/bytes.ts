import { type ConnectPacket, encode } from 'mqtt311/codec';

/** The bytes of a CONNECT with a user name and a password, field by field, as lines of text. */
export function connectBytes(packet: ConnectPacket): string[] {
  const bytes = Buffer.from(encode(packet));
  let offset = 0;
  const field = (size: number, meaning: string) => {
    const hex = bytes.toString('hex', offset, offset + size).replace(/..(?=.)/g, '$& ');
    const shown = hex.length > 29 ? `${hex.slice(0, 23)} … ${hex.slice(-2)}` : hex;
    const line = `${String(offset).padStart(5)}  ${shown.padEnd(29)} ${meaning}`;
    offset += size;
    return line;
  };
  const text = (name: string, value: string) => field(2 + Buffer.byteLength(value), `${name} '${value}'`);
  const { clientId, keepAlive, username = '', password = new Uint8Array(0) } = packet;
  const remainingLengthSize = bytes[1]! < 0x80 ? 1 : 2;
  return [
    field(1, 'CONNECT'),
    field(remainingLengthSize, `Remaining Length ${bytes.length - 1 - remainingLengthSize}`),
    field(6, "Protocol Name 'MQTT'"),
    field(1, 'Protocol Level 4, that is 3.1.1'),
    field(1, `Connect Flags: user name, password${packet.cleanSession ? ', clean session' : ''}`),
    field(2, `Keep Alive ${keepAlive} s`),
    text('Client Identifier', clientId),
    text('User Name', username),
    text('Password', new TextDecoder().decode(password)),
  ];
}
