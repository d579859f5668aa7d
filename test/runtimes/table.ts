// The table of runtimes: printed by the run, and in docs/runtimes.md.
import type { Outcome } from './runtime.ts';
import type { Steps } from './wire.ts';

/** Where the latest whole run is recorded. */
export const RESULTS = 'test/runtimes/results.json';

export interface Record {
  /** Year, month and day. */
  readonly date: string;
  readonly results: readonly Result[];
}

export interface Result extends Outcome {
  readonly name: string;
  readonly source: string;
  readonly remark?: string;
  readonly version?: string;
  /** Why it could not be run. */
  readonly absent?: string;
  /** What went wrong. */
  readonly failed?: string;
}

const isOk = (steps: Steps) => Object.values(steps).every((step) => step === 'ok');

/** Whether all that was run gave what it gave in the first runtime, and nothing else failed. */
export function isRight({ report, wire, compiles, failed, absent }: Result, all: readonly Result[]): boolean {
  if (failed !== undefined || absent !== undefined) return false;
  if (compiles) return true;
  const model = all.find((other) => other.report?.all !== undefined)?.report;
  const isSame =
    report !== undefined &&
    report.failures.length === 0 &&
    report.core.hash === model?.core.hash &&
    (report.all === undefined || report.all.hash === model?.all?.hash);
  return isSame && Object.values(wire ?? {}).every(isOk);
}

function conformanceOf(result: Result, all: readonly Result[]): string {
  const { report, compiles, absent, failed } = result;
  if (absent !== undefined) return `**not run**: ${absent}`;
  if (failed !== undefined) return '**failed**';
  if (compiles) return 'compiles';
  const { checks, hash } = report!.all ?? report!.core;
  return `${checks} \`${hash}\`${isRight({ ...result, wire: undefined } as never, all) ? '' : ' **differs**'}`;
}

function wireOf({ wire }: Result): string {
  if (wire === undefined) return '';
  return Object.entries(wire)
    .map(([name, steps]) => `${name}${isOk(steps) ? '' : ' **failed**'}`)
    .join(', ');
}

export function resultsTable(all: readonly Result[]): string {
  const rows = all.map((result) => {
    const { name, version = '', source, remark } = result;
    return [
      remark === undefined ? name : `${name} (${remark})`,
      version,
      source,
      conformanceOf(result, all),
      wireOf(result),
    ];
  });
  const head = [
    ['runtime', 'version', 'package', 'checks and their hash', 'client over'],
    ['---', '---', '---', '---', '---'],
  ];
  return [...head, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
