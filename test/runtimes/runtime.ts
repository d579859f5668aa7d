// What is known of a runtime, and what a run of it gives.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestBroker } from './broker.ts';
import type { Report } from './conformance.ts';
import type { Steps } from './wire.ts';

/** What all runs share. */
export interface Bench {
  /** Where files may be left. */
  readonly folder: string;
  readonly broker: TestBroker;
  /** A file in the folder: the authority that signed the broker's certificate. */
  readonly ca: string;
}

export interface Outcome {
  readonly report?: Report;
  /** The client over sockets of this runtime, or over a transport and a clock in memory. */
  readonly wire?: { readonly ws: Steps; readonly wss: Steps } | { readonly memory: Steps };
  /** What else was shown. */
  readonly compiles?: true;
}

export interface Runtime {
  readonly name: string;
  /** Where it comes from: a package of npm or of Debian. */
  readonly source: string;
  /** How it was run, where that is not plain. */
  readonly remark?: string;
  version(): Promise<string>;
  run(bench: Bench): Promise<Outcome>;
}

/** The result among what a program has printed. */
export function resultIn(output: string): Outcome {
  const line = output.split('\n').find((text) => text.includes('RESULT '));
  if (line === undefined) throw new Error(`no result: ${output.slice(0, 1_000)}`);
  return JSON.parse(line.slice(line.indexOf('RESULT ') + 'RESULT '.length));
}

/** A file for another program to read. */
export function leave({ folder }: Bench, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
