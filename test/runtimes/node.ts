// What a program in Node adds to the package that it imports.
export { run } from './conformance.ts';
export { talk } from './wire.ts';
