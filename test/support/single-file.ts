// Gives tests the single-file build wherever they import what it exports from src.
import { resolve } from 'node:path';
import type { Plugin } from 'vitest/config';

const FILE = resolve('dist/mqtt311.min.mjs');
const all = async () => `export * from ${JSON.stringify(FILE)};`;

async function codec(): Promise<string> {
  const names = Object.keys((await import(FILE)).codec);
  return `import { codec } from ${JSON.stringify(FILE)}; export const { ${names} } = codec;`;
}

/** The file is for pages. In Node, it is handed the socket that index.node.ts takes. */
async function overWs(): Promise<string> {
  const exported = await import(FILE);
  const names = ['connect', 'createClient'].filter((name) => name in exported);
  return `
    import WebSocket from 'isomorphic-ws';
    import * as file from ${JSON.stringify(FILE)};
    const overWs = (make) => (first, second) => {
      const options = second ?? (first.url === undefined ? {} : first);
      const transport = file.webSocketTransport(WebSocket, options.webSocketOptions);
      return options === first ? make({ transport, ...options }) : make(first, { transport, ...options });
    };
    ${await all()}
    ${names.map((name) => `export const ${name} = overWs(file.${name});`).join('\n')}`;
}

/** What makes the module that a test gets in the place of a file of src. */
const MODULES: Readonly<Record<string, () => Promise<string>>> = {
  [resolve('src/index.ts')]: all,
  [resolve('src/index.node.ts')]: overWs,
  [resolve('src/client/client.ts')]: all,
  [resolve('src/connection/websocket.ts')]: all,
  [resolve('src/aliyun/aliyun.ts')]: all,
  [resolve('src/codec/codec.ts')]: codec,
};

export const singleFile: Plugin = { name: 'single file', enforce: 'pre', load: (id) => MODULES[id]?.() };
