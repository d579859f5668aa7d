// What a subcommand is: its options, its help, and how it is called.
import { parseArgs } from 'node:util';

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly default?: string | boolean;
  /** Whether it may be given several times. */
  readonly multiple?: true;
  /** What stands for its value in the help. FILE completes to files, and DIR to folders. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly says: string;
}
export type Options = Readonly<Record<string, Option>>;

/** An option with a default is never undefined. */
export type Values<O extends Options> = {
  readonly [K in keyof O]:
    | (O[K]['type'] extends 'boolean' ? boolean : O[K] extends { multiple: true } ? readonly string[] : string)
    | (O[K] extends { default: string | boolean } ? never : undefined);
};

export interface Command {
  readonly name: string;
  /** In a few words. */
  readonly summary: string;
  readonly says: string;
  /** What follows its name. */
  readonly usage: string;
  readonly options: Options;
  /** Further paragraphs of its help. */
  readonly notes: string;
  /** Lines for a shell, at the end of its help. */
  readonly examples: readonly string[];
  /** Resolves with the exit code: 0 done, 1 failed. */
  run(args: string[]): Promise<number>;
}

/** The command line is wrong, not the world: exit code 2. */
export class UsageError extends Error {
  /** The command line as it should be, on a line of its own, to be copied. */
  readonly call: string | undefined;

  constructor(message: string, { call, cause }: { call?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.call = call;
  }
}

export function command<const O extends Options>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly says: string;
  readonly usage: string;
  readonly options: O;
  readonly notes?: string;
  readonly examples: readonly string[];
  readonly run: (values: Values<O>, positionals: string[]) => Promise<number> | number;
}): Command {
  const { options, notes = '', run } = definition;
  return {
    ...definition,
    notes,
    run: async (args) => {
      const { values, positionals } = parse(args, options);
      return run(values as Values<O>, positionals);
    },
  };
}

function parse(args: string[], options: Options): { values: unknown; positionals: string[] } {
  const { values, positionals } = refuseAsUsage(() =>
    parseArgs({ args, options, allowPositionals: true, allowNegative: true }),
  );
  for (const [name, { choices }] of Object.entries(options)) {
    const value = values[name];
    if (choices !== undefined && value !== undefined && !choices.includes(`${value}`))
      throw new UsageError(`--${name} must be ${choices.join(', ')}, not ${value}`);
  }
  return { values, positionals };
}

/** What `check` refuses is the command line's fault. */
export function refuseAsUsage<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new UsageError((error as Error).message.split(/\.?\s*\n|\. /)[0]!, { cause: error });
  }
}

/** A number out of an option, or undefined where there is none. */
export function numberOf(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(text.trim() !== '' && value >= least && value <= most))
    throw new UsageError(`--${name} must be a number from ${least} to ${most}, not ${text}`);
  return value;
}

/** As {@link numberOf}, without a fraction. */
export function integerOf(name: string, text: string | undefined, least: number, most: number): number | undefined {
  const value = numberOf(name, text, least, most);
  if (value !== undefined && !Number.isInteger(value)) throw new UsageError(`--${name} must be a whole number`);
  return value;
}

export function helpOf({ name, usage, says, options, notes, examples }: Command): string {
  const rows = Object.entries({ ...options, help: { type: 'boolean', short: 'h', says: 'this text' } as Option }).map(
    ([long, { short, type, value = 'TEXT', default: preset, choices, says: meaning }]) => {
      const names = `${short === undefined ? '    ' : `-${short}, `}--${type === 'boolean' && preset === true ? 'no-' : ''}${long}`;
      const allowed = choices === undefined ? value : choices.join('|');
      const ending = type === 'string' && preset !== undefined ? ` (default ${preset})` : '';
      return [type === 'boolean' ? names : `${names} ${allowed}`, `${meaning}${ending}`];
    },
  );
  const width = Math.max(...rows.map(([left]) => left!.length)) + 2;
  const lines = rows.map(([left, right]) => `  ${left!.padEnd(width)}${right}`);
  const shown = ['Examples', ...examples.map((example) => `  ${example}`)].join('\n');
  return [`mqtt311 ${name} ${usage}`, says, lines.join('\n'), notes, shown].filter((part) => part !== '').join('\n\n');
}
