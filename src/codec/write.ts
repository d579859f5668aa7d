// 1.5 Data representations, as they are written. Each function puts one value at an offset and returns the offset
// behind it. Without a target nothing is written: the value is checked and measured.

import { copyBytes, isBytes, putUtf8 } from '#text';
import { checkType, sized } from './check.ts';
import { stringRule, type TextRule } from './rule.ts';

/** Where a packet goes. Undefined: it is to be sent, and is checked and measured; null: it was received, and is checked. */
export type Target = Uint8Array | undefined | null;

export const putByte = (target: Target, offset: number, value: number): number => {
  if (target) target[offset] = value;
  return offset + 1;
};

/** 1.5.2: most significant byte first. */
export const putUint16 = (target: Target, offset: number, value: number): number => {
  if (target) {
    target[offset] = value >> 8;
    target[offset + 1] = value;
  }
  return offset + 2;
};

/** 1.5.3: two bytes of length, then UTF-8. */
export const putText = (target: Target, offset: number, text: string, field: string, rule: TextRule): number => {
  if (target === null) return offset; // readString() has checked it
  const size = sized(
    putUtf8(target, offset + 2, text, field, rule),
    rule === stringRule ? '§1.5.3' : 'MQTT-4.7.3-3',
    field,
  );
  return putUint16(target, offset, size) + size;
};

/** Two bytes of length, then bytes. */
export const putBinary = (target: Target, offset: number, bytes: Uint8Array, field: string): number => {
  const end = putBytes(target, offset + 2, bytes, field);
  putUint16(target, offset, sized(bytes.length, '§1.5.3', field));
  return end;
};

/** Bytes without a length: they end where the packet ends. */
export const putBytes = (target: Target, offset: number, bytes: Uint8Array, field: string): number => {
  if (target) copyBytes(bytes, target, offset);
  // a string or a list would be copied as zeros
  else checkType(isBytes(bytes), 'Uint8Array', field);
  return offset + bytes.length;
};
