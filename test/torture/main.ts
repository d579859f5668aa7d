// npm run torture -- NAME [OPTIONS]: runs one of the long tests, whose own file says which options it takes.
const TESTS: Readonly<Record<string, () => Promise<unknown>>> = {
  simulate: () => import('./simulation/main.ts'),
  faults: () => import('./faults/main.ts'),
  cluster: () => import('./cluster/main.ts'),
  crash: () => import('./crash/main.ts'),
  load: () => import('./load/main.ts'),
  hostile: () => import('./hostile/main.ts'),
  silence: () => import('./silence/main.ts'),
  fuzz: () => import('./fuzz/main.ts'),
  'fuzz-guided': () => import('./fuzz/guided.ts'),
};

const [name = ''] = process.argv.splice(2, 1); // what is left are the options of the test
const start = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
if (start === undefined) {
  console.error(`usage: npm run torture -- ${Object.keys(TESTS).join('|')} [OPTIONS]`);
  process.exitCode = 2;
} else await start();
