// What a client can ask of its decoder about an answer: whether it is one at all, and to which request.
import { describe, expect, it } from 'vitest';
import { Decoder, type Packet, PacketTooLargeError, ProtocolError, puback, suback } from '../../src/codec/codec.ts';
import { bytes, pieces } from '../support/hex.ts';
import { decodeAll, errorOf } from '../support/refusal.ts';

describe('a SUBACK with more return codes than maxReturnCodes', () => {
  it('is refused on its last length byte, before anything of it is gathered [MQTT-3.8.4-5]', () => {
    const decoder = new Decoder({ maxReturnCodes: 2 });
    expect(decodeAll([bytes('90')], decoder)).toStrictEqual([]);
    const error = errorOf(() => decodeAll([bytes('05')], decoder));
    expect(error.clause).toBe('MQTT-3.8.4-5');
    expect(error.message).toContain('returnCodes.length must be 1 to 2, not 3');
    expect(decoder.bufferedBytes).toBe(0);
    expect(errorOf(() => decoder.read())).toBe(error);
  });

  it('is one with one code more', () => {
    const decoder = new Decoder({ maxReturnCodes: 2 });
    const packets = decodeAll([bytes('90 03 00 01 00 90 04 00 02 01 80')], decoder);
    expect(packets).toStrictEqual([
      suback({ packetId: 1, returnCodes: [0] }),
      suback({ packetId: 2, returnCodes: [1, 0x80] }),
    ]);
    expect(errorOf(() => decodeAll([bytes('90 05 00 03 00 00 00')], decoder)).clause).toBe('MQTT-3.8.4-5');
  });

  it('is one that no SUBSCRIBE can ask for, when there is no limit', () => {
    const most = 67_108_863; // 2 bytes of identifier, then 4 bytes for each filter, make 268,435,454
    const header = (count: number) =>
      Uint8Array.of(0x90, ...[0, 7, 14, 21].map((shift) => ((count + 2) >> shift) | (shift < 21 ? 0x80 : 0)));
    expect(decodeAll([header(most)])).toStrictEqual([]);
    const { message } = errorOf(() => decodeAll([header(most + 1)]));
    expect(message).toContain('returnCodes.length must be 1 to 67108863, not 67108864');
  });

  it('is no other packet, and no SUBACK without a code', () => {
    const decode = (text: string) => () => decodeAll([bytes(text)], new Decoder({ maxReturnCodes: 1 }));
    expect(decode('30 06 00 01 74 00 00 00')()).toHaveLength(1);
    expect(decode('a2 07 00 01 00 03 61 2f 62')()).toHaveLength(1);
    expect(errorOf(decode('90 02 00 01')).clause).toBe('§3.9.3');
    expect(errorOf(decode('90 01 00')).clause).toBe('§2.2.3');
  });

  it('is too large first', () => {
    const decoder = new Decoder({ maxReturnCodes: 1, maxPacketSize: 5 });
    expect(() => decodeAll([bytes('90 04')], decoder)).toThrow(PacketTooLargeError);
  });
});

describe('the packet that a decoder has refused', () => {
  /** Behind a packet that is legal, whole and byte by byte. */
  const refusedOf = (text: string): (Packet | undefined)[] =>
    [1_000, 1].map((size) => {
      const decoder = new Decoder({ maxPacketSize: 100, maxReturnCodes: 4 });
      decodeAll([bytes('40 02 00 07')], decoder);
      expect(decoder.refused).toBeUndefined();
      for (let times = 0; times < 2; times++)
        expect(() => decodeAll(pieces(bytes(text), size), decoder)).toThrow(/MQTT|§|exceeds/);
      return decoder.refused;
    });

  it.each<[string, Packet]>([
    ['90 05 00 01 00 03 01', { type: 9, packetId: 1, returnCodes: [0, 3, 1] as never[] }],
    ['90 02 00 01', { type: 9, packetId: 1, returnCodes: [] }],
    ['40 02 00 00', puback(0)],
    ['40 03 00 09 00', puback(9)],
    ['20 02 01 01', { type: 2, sessionPresent: true, returnCode: 1 }],
  ])('is known when it was read whole: %s', (text, packet) => expect(refusedOf(text)).toStrictEqual([packet, packet]));

  it.each(['90 01 00', '40 01 00', '91 03 00 01 00', '30 03 00 01 23', '20 02 02 00', '90 07 00 01', '30 64'])(
    'is undefined when it was not: %s',
    (text) => expect(refusedOf(text)).toStrictEqual([undefined, undefined]),
  );

  it('is undefined while nothing is refused', () => {
    const decoder = new Decoder();
    expect(decoder.refused).toBeUndefined();
    decodeAll(pieces(bytes('90 03 00 01 00'), 1), decoder);
    expect(decoder.refused).toBeUndefined();
  });

  it('tells a ProtocolError, as any', () => {
    const decoder = new Decoder();
    expect(() => decodeAll([bytes('90 03 00 05 03')], decoder)).toThrow(ProtocolError);
    expect(decoder.refused).toStrictEqual({ type: 9, packetId: 5, returnCodes: [3] });
  });
});
