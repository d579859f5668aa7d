// npm run bench -- [codec|wire|interpreted|memory|testing] [OPTIONS]: runs one of the benchmarks, the codec's by default.
import { spawnSync } from 'node:child_process';

/** What Node is started with for each of them. */
const BENCHMARKS = {
  codec: ['--expose-gc', 'bench/codec/main.mjs'],
  wire: ['bench/wire/main.mjs'],
  interpreted: ['--import=tsx', 'bench/interpreted/main.ts'],
  memory: ['--import=tsx', 'test/runtimes/memory.ts'],
  testing: ['bench/testing.mjs'],
};

const args = process.argv.slice(2);
const name = args.length === 0 || args[0].startsWith('-') ? 'codec' : args.shift();
if (Object.hasOwn(BENCHMARKS, name)) {
  process.exitCode = spawnSync(process.execPath, [...BENCHMARKS[name], ...args], { stdio: 'inherit' }).status ?? 1;
} else {
  console.error(`usage: npm run bench -- [${Object.keys(BENCHMARKS).join('|')}] [OPTIONS]`);
  process.exitCode = 2;
}
