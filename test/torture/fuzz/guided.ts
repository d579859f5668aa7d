// npm run torture -- fuzz-guided [runs] [seed]
// Compares the same opinions about the same packets as fuzz/main.ts, but goes on from what reached new code.
// Jazzer.js does that. It is installed into .guided/, with a C library if the machine's is too old for it.
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { corpus } from './fuzz.ts';
import { dataOf } from './target.ts';

const JAZZER = '@jazzer.js/core@4.0.0'; // its Linux build needs glibc 2.38
const DEBIAN = 'trixie'; // the first with glibc 2.38
const LIBRARIES = ['libc6', 'libgcc-s1', 'libstdc++6'];

const folder = join(import.meta.dirname, '../../../.guided');
const inside = (...path: string[]) => join(folder, ...path);
const cli = inside('node_modules/@jazzer.js/core/dist/cli.js');

/** The start of a command line: a program, and its first arguments. */
type Command = readonly [program: string, ...args: string[]];

function run([program, ...first]: Command, ...rest: string[]): string {
  return execFileSync(program, [...first, ...rest], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
}

/** What a program had to say about its failure. */
const reason = (error: unknown) => (error as { stderr?: string }).stderr?.trim() || String(error);

class CannotRun extends Error {}

function orCannotRun<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new CannotRun(`${what}: ${reason(error)}`);
  }
}

function install(): void {
  if (existsSync(cli)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(inside('package.json'), '{ "private": true }\n');
  orCannotRun('Jazzer.js cannot be installed', () => run(['npm', 'install', '--no-audit', '--no-fund'], JAZZER));
}

/** Unpacks Debian's C library into the folder, from where the machine has its packages. The machine stays as it is. */
function unpackLibraries(): void {
  const [lists, archives] = [inside('apt/lists'), inside('apt/archives')];
  for (const path of [lists, archives]) mkdirSync(join(path, 'partial'), { recursive: true });
  const sources = run(['apt-get', 'indextargets', '--format', '$(LABEL) $(REPO_URI)', 'Identifier: Packages']);
  const uri = sources.match(/^Debian (\S+)$/m)?.[1];
  if (uri === undefined) throw new Error('apt-get knows no source of Debian packages');
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(inside('apt/sources.list'), `deb [signed-by=${keys}] ${uri} ${DEBIAN} main\n`);
  const settings = {
    'Dir::Etc::SourceList': inside('apt/sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::State::Lists': lists,
    'Dir::Cache': inside('apt'),
  };
  const apt: Command = ['apt-get', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  run(apt, 'update');
  execFileSync(apt[0], [...apt.slice(1), 'download', ...LIBRARIES], { cwd: archives, stdio: 'pipe' });
  const packages = readdirSync(archives).filter((name) => name.endsWith('.deb'));
  for (const name of packages) run(['dpkg-deb', '--extract', join(archives, name), inside('libraries')]);
}

/** Node with the unpacked C library. */
function nodeWithLibraries(): Command {
  if (!existsSync(inside('libraries'))) unpackLibraries();
  const triple = readdirSync(inside('libraries/usr/lib')).find((name) => name.endsWith('-linux-gnu'))!;
  const libraries = inside('libraries/usr/lib', triple);
  const loader = readdirSync(libraries).find((name) => name.startsWith('ld-linux'))!;
  return [join(libraries, loader), '--library-path', libraries, process.execPath];
}

/** A Node that can load Jazzer.js. */
function node(): Command {
  const own: Command = [process.execPath];
  const load = (command: Command) => run(command, '--eval', 'require("@jazzer.js/core")');
  try {
    load(own);
    return own;
  } catch (error) {
    const old = reason(error).match(/version .GLIBC_[\d.]+. not found/)?.[0];
    if (old === undefined) throw new CannotRun(`Jazzer.js cannot be loaded: ${reason(error)}`);
    return orCannotRun(`Jazzer.js cannot be loaded (${old}), nor with a C library of Debian's`, () => {
      const command = nodeWithLibraries();
      load(command);
      return command;
    });
  }
}

/** The code in JavaScript, a module for a module, and the corpus as files: each packet whole, and cut. */
function prepare(): void {
  for (const name of ['build', 'seeds', 'corpus', 'log']) rmSync(inside(name), { recursive: true, force: true });
  for (const name of ['build', 'seeds', 'corpus']) mkdirSync(inside(name));
  run([process.execPath, createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', import.meta.dirname]);
  const imports = { '#text': './src/codec/fast/text.js' };
  writeFileSync(inside('build/package.json'), `${JSON.stringify({ type: 'module', imports })}\n`);
  for (const [i, source] of corpus.entries()) {
    writeFileSync(inside('seeds', `${i}-whole`), dataOf({ source, cuts: [] }));
    writeFileSync(inside('seeds', `${i}-cut`), dataOf({ source, cuts: [1, source.length >> 1] }));
  }
}

/** Runs Jazzer.js to its exit code. Every line goes to the log, and those that are wanted to the terminal. */
function jazzer(command: Command, options: readonly string[], engine: readonly string[], wanted: RegExp) {
  const [program, ...first] = command;
  const target = [inside('build/test/torture/fuzz/target.js'), inside('corpus'), inside('seeds')];
  const always = ['--sync', '--disableBugDetectors', '.*', '--includes', '.guided/build/src/'];
  const start = [...first, '--stack-trace-limit=0', cli]; // most cases end in an error
  const child = spawn(program, [...start, ...target, ...always, ...options, '--', ...engine], { cwd: folder });
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => {
      appendFileSync(inside('log'), `${line}\n`);
      if (wanted.test(line)) console.log(line);
    });
  return new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
}

const runs = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1 + (Date.now() % 0x7fff_fffe)); // 0 would be one of the fuzzer's own choice
try {
  install();
  const command = node();
  prepare();
  console.log(`${runs} runs from ${corpus.length} packets, seed ${seed}`);
  const both = ['--includes', '.guided/build/test/']; // a new way through the naive decoder counts, too
  // -reload=0: reading the corpus back is done by the clock, and a seed would not give the same runs twice
  const engine = [
    `-seed=${seed}`,
    `-runs=${runs}`,
    '-reload=0',
    '-use_value_profile=1',
    `-artifact_prefix=${inside('finding-')}`,
  ];
  const code = await jazzer(command, both, engine, /INITED|pulse|DONE|^Done|Uncaught|minimal:|written to/);
  if (code !== 0) {
    console.error(
      `seed ${seed}: a finding, or a fault of the fuzzer (exit code ${code}); all it said is in .guided/log`,
    );
    process.exit(1);
  }
  const coverage = ['--mode', 'regression', '--coverage', '--coverageReporters', 'text'];
  process.exitCode = await jazzer(command, coverage, [`-seed=${seed}`], / \| |-\|-/);
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  console.error(`The guided fuzzer cannot run on this machine. ${error.message}`);
  process.exit(2);
}
