import { connect, decode, encode } from 'mqtt311/codec';
import { hex } from './show.ts';

const will = { topic: 'gone', payload: Uint8Array.of(1), qos: 1, retain: false } as const;
const bytes = encode(connect({ clientId: 'lamp', keepAlive: 60, username: 'u', will }));
console.log(hex(bytes));
console.log(decode(bytes));
