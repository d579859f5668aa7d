// What a shell needs to complete commands, options and their choices.
import { type Command, command, type Option, UsageError } from './command.ts';
import { print } from './terminal.ts';

/** The command that completes `commands`, and itself. */
export function completionOf(commands: readonly Command[]): Command {
  const completion: Command = command({
    name: 'completion',
    summary: 'complete commands and options in bash, zsh, fish',
    usage: 'bash | zsh | fish',
    says: 'Prints a script that lets the shell complete what is typed.',
    options: {},
    examples: [
      'source <(mqtt311 completion bash)',
      'source <(mqtt311 completion zsh)',
      'mqtt311 completion fish | source',
    ],
    run(_values, [shell = '', ...others]) {
      const script = { bash, zsh, fish }[shell];
      if (script === undefined || others.length > 0) throw new UsageError('for which shell? bash, zsh or fish');
      print(script([...commands, completion]));
      return 0;
    },
  });
  return completion;
}

/** As they are typed, with what may follow. */
function optionsOf({ options }: Command): [name: string, option: Option][] {
  return Object.entries(options).map(([name, option]) => [
    option.type === 'boolean' && option.default === true ? `--no-${name}` : `--${name}`,
    option,
  ]);
}

const sentence = (text: string) => text.split('\n')[0]!.replace(/'/g, '’');
const names = (commands: readonly Command[]) => commands.map(({ name }) => name).join(' ');

/** The branches of a `case` over `command:option`: choices, files, or whatever one types. */
function branchesOf(
  commands: readonly Command[],
  complete: (words: string) => string,
  files: string,
  folders: string,
): string {
  const paths: Readonly<Record<string, string>> = { FILE: files, DIR: folders };
  return commands
    .flatMap((each) =>
      optionsOf(each)
        .filter(([, { type }]) => type === 'string')
        .map(([option, { choices, value }]) => {
          const action = choices !== undefined ? complete(choices.join(' ')) : (paths[value ?? ''] ?? ':');
          return `    ${each.name}:${option}) ${action}; return ;;`;
        }),
    )
    .join('\n');
}

function wordsOf(commands: readonly Command[], complete: (words: string) => string): string {
  return commands
    .map((each) => {
      const words = [...optionsOf(each).map(([name]) => name), '--help'];
      if (each.name === 'completion') words.push('bash', 'zsh', 'fish');
      return `    ${each.name}) ${complete(words.join(' '))} ;;`;
    })
    .join('\n');
}

function bash(commands: readonly Command[]): string {
  const complete = (words: string) => `COMPREPLY=($(compgen -W '${words}' -- "$word"))`;
  return `_mqtt311() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    ${complete(`${names(commands)} --help --version`)}
    return
  fi
  case "$command:$before" in
${branchesOf(commands, complete, 'COMPREPLY=($(compgen -f -- "$word"))', 'COMPREPLY=($(compgen -d -- "$word"))')}
  esac
  case "$command" in
${wordsOf(commands, complete)}
  esac
}
complete -o filenames -F _mqtt311 mqtt311
`;
}

function zsh(commands: readonly Command[]): string {
  const complete = (words: string) => `compadd -- ${words}`;
  return `#compdef mqtt311
_mqtt311() {
  local before=\${words[CURRENT-1]} command=\${words[2]}
  if (( CURRENT == 2 )); then
    ${complete(`${names(commands)} --help --version`)}
    return
  fi
  case "$command:$before" in
${branchesOf(commands, complete, '_files', '_files -/')}
  esac
  case "$command" in
${wordsOf(commands, complete)}
  esac
}
compdef _mqtt311 mqtt311
`;
}

function fish(commands: readonly Command[]): string {
  const lines = ['complete -c mqtt311 -f'];
  for (const each of commands) {
    lines.push(`complete -c mqtt311 -n __fish_use_subcommand -a ${each.name} -d '${sentence(each.summary)}'`);
    for (const [option, { type, short, choices, value, says }] of optionsOf(each)) {
      const parts = [`complete -c mqtt311 -n '__fish_seen_subcommand_from ${each.name}' -l ${option.slice(2)}`];
      if (short !== undefined) parts.push(`-s ${short}`);
      if (type === 'string')
        parts.push(value === 'FILE' ? '-r -F' : value === 'DIR' ? `-x -a '(__fish_complete_directories)'` : '-x');
      if (choices !== undefined) parts.push(`-a '${choices.join(' ')}'`);
      lines.push(`${parts.join(' ')} -d '${sentence(says)}'`);
    }
  }
  lines.push(`complete -c mqtt311 -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'`);
  return `${lines.join('\n')}\n`;
}
