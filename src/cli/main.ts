#!/usr/bin/env node
// mqtt311 on the command line. Data goes to stdout, messages to stderr; exit code 0 is done, 1 failed, 2 misused.
import { readFileSync } from 'node:fs';
import { type Command, helpOf, UsageError } from './command.ts';
import { completionOf } from './completion.ts';
import { explain } from './explain.ts';
import { gate } from './gate.ts';
import { ping } from './ping.ts';
import { pub } from './pub.ts';
import { sign } from './sign.ts';
import { sub } from './sub.ts';
import { end, interrupted, listenForInterruption, printLine, tell } from './terminal.ts';

const working: readonly Command[] = [explain, sign, pub, sub, ping, gate];
const commands: readonly Command[] = [...working, completionOf(working)];

const USAGE = `mqtt311 COMMAND …

${commands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}

mqtt311 COMMAND --help says more; mqtt311 --version prints the version.`;

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version') {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    printLine(version);
    return 0;
  }
  if (name === '--help' || name === '-h') {
    printLine(USAGE);
    return 0;
  }
  const chosen = commands.find((each) => each.name === name);
  if (chosen === undefined) {
    tell(name === undefined ? 'which command?' : `there is no command ${name}; see mqtt311 --help`);
    if (name === undefined) process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const options = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (options.includes('--help') || options.includes('-h')) {
    printLine(helpOf(chosen));
    return 0;
  }
  try {
    return await chosen.run(rest);
  } catch (error) {
    if (error === interrupted.reason) return 1;
    const isUsage = error instanceof UsageError;
    tell(isUsage ? `${error.message}; see mqtt311 ${chosen.name} --help` : (error as Error).message);
    return isUsage ? 2 : 1;
  }
}

listenForInterruption();
main(process.argv.slice(2)).then(end);
