// The documents show what really happens. `npm run docs` updates them.
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { format } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { trace } from '../../src/cli/broker-trace.ts';
import { explain } from '../../src/cli/explain.ts';
import { type Gate, startGate } from '../../src/cli/gate/gate.ts';
import { createBroker } from '../../src/testing/testing.ts';
import { DOCUMENTS, EXAMPLES, fencesOf, fragmentsOf, freshDocument, linksIn, read } from '../../tools/docs.ts';
import { type Broker, startBroker } from '../support/broker.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // a machine may be busy

/** Where hosts that examples name are to be found. */
const hosts = vi.hoisted(() => new Map<string, string>());

vi.mock('isomorphic-ws', async () => {
  const { WebSocket } = await import('ws');
  return {
    default: class extends WebSocket {
      constructor(url: string, protocols: string[], options?: object) {
        super(hosts.get(new URL(url).origin) ?? url, protocols, options);
      }
    },
  };
});

const root = resolve('.');
const deviceSecret = 'c2VjcmV0IG9mIHRoZSBsYW1w';
const folder = mkdtempSync(join(tmpdir(), 'mqtt311-docs-'));
let broker: Broker;
let gate: Gate;
/** What `npx mqtt311 broker --port 8083` runs; each example finds a fresh one. */
let lessons: WebSocketServer;
let lesson = createBroker();

beforeAll(async () => {
  broker = await startBroker();
  gate = await startGate({ devices: [{ productKey: 'a1b2c3', deviceName: 'lamp', deviceSecret }] });
  lessons = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'mqtt' });
  lessons.on('connection', (socket) => lesson.accept(socket));
  await once(lessons, 'listening');
  hosts.set('ws://127.0.0.1:8083', `ws://127.0.0.1:${(lessons.address() as AddressInfo).port}`);
  hosts.set('wss://broker.example', broker.url);
  hosts.set('ws://127.0.0.1:8083', broker.url); // README's first example
  hosts.set('wss://a1b2c3.iot-as-mqtt.cn-shanghai.aliyuncs.com', gate.wssUrl);
  writeFileSync(join(folder, 'root-r1.pem'), gate.ca);
  vi.stubEnv('DEVICE_SECRET', deviceSecret);
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('FORCE_COLOR', undefined);
  process.chdir(folder); // what examples read and write is there
});
afterAll(async () => {
  process.chdir(root);
  vi.unstubAllEnvs();
  await gate.close();
  await broker.close();
  lesson.close();
  lessons.close();
  rmSync(folder, { recursive: true, force: true });
});

const outputs = new Map<string, string>();
const traces = new Map<string, string>();

/** What the example prints. It runs in this process, its imports of `mqtt311` are `src`. */
async function outputOf(example: string): Promise<string> {
  const known = outputs.get(example);
  if (known !== undefined) return known;
  let output = '';
  let traced = '';
  lesson.close();
  lesson = createBroker();
  trace(lesson, (line) => {
    traced += `${line}\n`;
  });
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => {
    output += `${format(...values)}\n`;
  });
  try {
    await import(/* @vite-ignore */ resolve(root, example));
  } finally {
    log.mockRestore();
  }
  outputs.set(example, output);
  traces.set(example, traced);
  return output;
}

/** What passes at the broker while the example runs. */
async function traceOf(example: string): Promise<string> {
  await outputOf(example);
  return traces.get(example)!;
}

/** What `mqtt311 explain` prints, on both of its streams. */
async function answerTo([command, ...args]: readonly string[]): Promise<string> {
  expect(command).toBe('explain');
  let answer = '';
  const write = (data: string | Uint8Array) => {
    answer += data;
    return true;
  };
  const streams = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(write));
  try {
    await explain.run(args);
  } finally {
    for (const stream of streams) stream.mockRestore();
  }
  return answer;
}

describe('the examples', () => {
  it.each(EXAMPLES)('%s runs to its end', async (example) => {
    await outputOf(example);
  });
});

describe.each(DOCUMENTS.filter((path) => path.endsWith('.zh-CN.md')))('%s', (path) => {
  it('shows the same programs and outputs as its English original, in the same order', () =>
    expect(fencesOf(read(path))).toStrictEqual(fencesOf(read(path.replace('.zh-CN', '')))));
});

const { scripts } = JSON.parse(read('package.json'));
const namesIn = (file: string) => [...read(file).matchAll(/^ {2}'?([\w-]+)'?: /gm)].map(([, name]) => name!);
/** What may follow `npm run SCRIPT --`. */
const NAMES: Record<string, string[]> = {
  torture: namesIn('test/torture/main.ts'),
  bench: namesIn('bench/main.mjs'),
  docs: ['api'],
};

describe.each(DOCUMENTS)('%s', (path) => {
  it('shows what its examples are and print, what commands answer, and which line enforces a clause', async () =>
    expect(await freshDocument(path, { outputOf, traceOf, answerTo })).toMatchFileSnapshot(resolve(root, path)));

  it('shows no program and no output but such', () => {
    const free = ['sh', 'mermaid', 'json', 'html'];
    const fences = fencesOf(read(path)).filter(({ language, part }) => part === undefined && !free.includes(language));
    expect(fences).toStrictEqual([]);
  });

  it('names scripts and files in its commands that exist', () => {
    const commands = fencesOf(read(path)).map(({ language, text }) => (language === 'sh' ? text : ''));
    for (const [, script, name] of read(path).matchAll(/npm run ([\w:-]+)(?: -- ([\w-]+))?/g)) {
      expect(Object.keys(scripts)).toContain(script);
      if (name !== undefined && !name.startsWith('-')) expect(NAMES[script!] ?? name).toContain(name);
    }
    for (const [, file] of commands.join('').matchAll(/(?:tsx|vitest run) (\S+\/\S+\.ts)/g))
      expect(existsSync(resolve(root, file!)), file).toBe(true);
  });

  it('links to what exists', () => {
    for (const { file, fragment } of linksIn(path, read(path))) {
      expect(existsSync(resolve(root, file)), `${path} links to ${file}`).toBe(true);
      if (fragment === undefined || /^L\d+$/.test(fragment)) continue;
      const fragments = fragmentsOf(readFileSync(resolve(root, file), 'utf8'));
      expect([...fragments], `${path} links to ${file}#${fragment}`).toContain(decodeURIComponent(fragment));
    }
  });
});
