// The commands of docs/learn/0-broker.md, as a reader types them: against the broker that the first of them starts.
import { expect, it, vi } from 'vitest';
import { read } from '../../tools/docs.ts';
import { Cli } from '../support/cli.ts';

vi.setConfig({ testTimeout: 30_000 });

const chapter = read('docs/learn/0-broker.md');

/** The arguments of a command in the chapter, with the broker's url in the place of the one that it names. */
function argumentsOf(command: string, url: string): string[] {
  const [, args] = new RegExp(`^npx mqtt311 (${command} .*)$`, 'm').exec(chapter)!;
  return args!.split(' ').map((arg) => arg.replace('ws://127.0.0.1:8083', url).replaceAll("'", ''));
}

it('prints what is published to whoever has subscribed, and subscribes again when the broker is back', async () => {
  const start = (port: string) => new Cli(argumentsOf('broker', '').map((arg) => arg.replace(/^8083$/, port)));
  const first = start('0');
  await first.says('stdout', 'ws://127.0.0.1:');
  const url = first.stdout.trim();
  const sub = new Cli(argumentsOf('sub', url));
  await sub.says('stderr', 'subscribed to home/# with QoS 0');

  first.child.kill('SIGINT');
  await first.ended;
  await sub.says('stderr', 'the connection was closed, code 1006; trying again');
  const second = start(new URL(url).port);
  await second.says('stdout', '->  SUBSCRIBE');
  await sub.says('stderr', 'connected again');

  expect(await new Cli(argumentsOf('pub', url)).ended).toMatchObject({ code: 0, stderr: '' });
  await sub.says('stdout', 'home/kitchen/lamp dimmed\n');
  sub.child.kill('SIGINT');
  expect((await sub.ended).code).toBe(0);
  second.child.kill('SIGINT');
  await second.ended;
});
