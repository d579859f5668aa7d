// A command line from its arguments to its exit code: 0 is done, 1 failed, 2 misused.
import { readFileSync } from 'node:fs';
import { helpOf, UsageError } from './command.ts';
import { commands } from './commands.ts';
import { mistakenForMosquitto } from './mosquitto.ts';
import { interrupted, printLine, tell, tellCall } from './terminal.ts';

const USAGE = `mqtt311 COMMAND …

${commands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}

mqtt311 COMMAND --help says more; mqtt311 --version prints the version.`;

/** Data goes to stdout, messages to stderr. Resolves with the exit code. */
export async function run(args: string[]): Promise<number> {
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
  const mistake = mistakenForMosquitto(chosen, rest);
  if (options.includes('--help') || (options.includes('-h') && mistake === undefined)) {
    printLine(helpOf(chosen));
    return 0;
  }
  try {
    if (mistake !== undefined) throw mistake;
    return await chosen.run(rest);
  } catch (error) {
    if (error === interrupted.reason) return 1;
    if (!(error instanceof UsageError)) {
      tell((error as Error).message);
      return 1;
    }
    tell(`${error.message}; see mqtt311 ${chosen.name} --help${error.call === undefined ? '' : ', and write'}`);
    if (error.call !== undefined) tellCall(error.call);
    return 2;
  }
}
