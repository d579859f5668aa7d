// A fresh process: from the import to the CONNACK, and what stays in memory. Prints JSON.
import { contenders } from './contenders.mjs';

const [, , name, url] = process.argv;
const memory = () => {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const before = memory();
const start = performance.now();
const open = await contenders[name]();
const imported = performance.now();
await open(url, { clientId: `cold-${process.pid}` }, () => {});
const accepted = performance.now();
const heap = memory() - before;
console.log(JSON.stringify({ import: imported - start, connack: accepted - start, heap }));
process.exit();
