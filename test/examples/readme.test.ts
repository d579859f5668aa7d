// README's first example, as somebody does it who has just installed the package.
import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { Cli } from '../support/cli.ts';

const [, command, program, output] =
  /^npx mqtt311 (.*?) *#[\s\S]*?```js\n([\s\S]*?)```[\s\S]*?```text\n([\s\S]*?)```/m.exec(
    readFileSync('README.md', 'utf8'),
  )!;

it('runs against the broker of the line above it', { timeout: 60_000 }, async () => {
  const [, port] = /--port (\d+)$/.exec(command!)!;
  expect(program).toContain(`'ws://127.0.0.1:${port}'`);
  const broker = new Cli(['broker', '--port', '0', '--trace']); // another program may have the README's port
  onTestFinished(() => void broker.child.kill());
  await broker.says('stdout', 'ws://127.0.0.1:');
  const stdin = program!.replace(`ws://127.0.0.1:${port}`, broker.stdout.trim());
  // a program on stdin is in this folder, in which the package finds itself by its name
  const { code, stdout, stderr } = await new Cli(['-'], { stdin }, '--input-type=module').ended;
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: output, stderr: '' });
  await broker.says('stdout', 'session ended');
  expect(broker.stdout).toContain('lamp      ->  PUBLISH');
});
