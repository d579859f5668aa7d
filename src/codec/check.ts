// Rules that several fields share: whole numbers, lists, arrays of bytes, and what two bytes of length can count.
import { type Clause, ProtocolError, refuse } from './error.ts';

/** Returns a whole number from `min` to `max`, and refuses any other value. */
export const integer = (value: number, min: number, max: number, clause: Clause, field: string): number => {
  if (value >= min && value <= max && value === (value | 0)) return value;
  throw new ProtocolError(clause, `${field} must be ${min} to ${max}, not ${value}`);
};

export const checkType = (isOfType: boolean, type: string, field: string): void => {
  if (!isOfType) throw new TypeError(`${field} must be a ${type}`);
};

/** Returns a size that two bytes of length can count, and refuses a larger one. */
export const sized = (size: number, clause: Clause, field: string): number =>
  size > 0xffff ? refuse(clause, field, `have ${size} bytes`) : size;
