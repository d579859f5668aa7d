// The playground, and a broker to play with.
import { createServer } from 'vite';
import { startBroker } from '../test/support/broker.ts';

const broker = await startBroker();
const server = await createServer({
  configFile: `${import.meta.dirname}/vite.config.ts`,
  server: { host: '127.0.0.1' },
  plugins: [
    {
      name: 'broker',
      transformIndexHtml: () => [{ tag: 'meta', attrs: { name: 'broker', content: broker.url }, injectTo: 'head' }],
    },
  ],
});
await server.listen();
console.log(`the playground   ${server.resolvedUrls!.local[0]}
its broker       ${broker.url}`);
