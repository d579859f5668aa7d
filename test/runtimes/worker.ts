// The worker that workerd tests: the same as a page, in the one event that a worker under test gets.
import { run } from './conformance.ts';
import { wire } from './page.ts';

interface Environment {
  readonly ws: string;
  readonly wss: string;
}

export default {
  async test(_: unknown, { ws, wss }: Environment): Promise<void> {
    console.log(`RESULT ${JSON.stringify({ report: run(), wire: await wire('workerd', ws, wss) })}`);
  },
};
