// etc/api.md: every declaration that a program can reach, by API Extractor, entry point after entry point.
import { execSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  CompilerState,
  ConsoleMessageId,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
} from '@microsoft/api-extractor';
import { ENTRIES } from './entries.ts';

const REPORT = 'entry.api.md';

const INTRO = `# API report

Every declaration that a program can reach, without its docstring, from the types that are published. \`npm run docs\`
writes it with API Extractor, and a wider test fails while it is stale, so that the difference of a change shows what it
does to the public surface. What is not exported has a name only in the types of others. The docstrings are in
[docs/api](../docs/api/README.md).
`;

function configOf(mainEntryPointFilePath: string, files: readonly string[], folder: string): ExtractorConfig {
  const compilerOptions = { module: 'nodenext', target: 'es2022', lib: ['es2022'], types: [] };
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath,
      compiler: { overrideTsconfig: { compilerOptions, files } },
      apiReport: {
        enabled: true,
        reportFileName: REPORT,
        reportFolder: folder,
        reportTempFolder: folder,
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: { extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } } },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: resolve('package.json'),
  });
}

/** The declarations of a report, without API Extractor's remarks. */
function declarationsIn(report: string): string[] {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(report)!;
  return code!
    .replaceAll(/^ *\/\/ .*\n/gm, '')
    .split(/\n{2,}/)
    .map((declaration) => declaration.trim())
    .filter((declaration) => declaration !== '');
}

// it tells which compiler it has, entry point for entry point
const hush = (message: ExtractorMessage) => {
  message.handled = message.messageId === ConsoleMessageId.Preamble;
};

const isExported = (declaration: string) => declaration.startsWith('export ');
const bare = (declaration: string) => declaration.replace(/^export /, '');
const nameOf = (declaration: string) => /^export (?:abstract )?\w+ (\w+)/.exec(declaration)![1]!;

/** The declarations of each entry point, from fresh types, because those in dist/ may be in the making. */
function declarationsOf(types: readonly string[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'mqtt311-report-'));
  try {
    execSync(`npx tsc -p tsconfig.build.json --emitDeclarationOnly --outDir ${folder}`, { stdio: 'inherit' });
    const files = types.map((file) => join(folder, file));
    const configs = files.map((file) => configOf(file, files, folder));
    const compilerState = CompilerState.create(configs[0]!, { additionalEntryPoints: files });
    return configs.map((config) => {
      const { succeeded } = Extractor.invoke(config, { localBuild: true, compilerState, messageCallback: hush });
      if (!succeeded) throw new Error(`API Extractor cannot read ${config.mainEntryPointFilePath}`);
      return declarationsIn(readFileSync(join(folder, REPORT), 'utf8'));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text of etc/api.md: a declaration that two entry points share stands where it is exported first. */
export function apiReport(): string {
  const reports = declarationsOf(ENTRIES.map(({ file }) => `${file}.d.ts`));
  const exported = new Set(reports.flat().filter(isExported).map(bare));
  const shown = new Map<string, string>(); // in the section of which entry point
  const sections = ENTRIES.map((entry, i) => {
    const name = `mqtt311${entry.name}`;
    const own: string[] = [];
    const others = new Map<string, Set<string>>();
    for (const declaration of reports[i]!) {
      const text = bare(declaration);
      const home = shown.get(text);
      if (home !== undefined && isExported(declaration))
        others.set(home, (others.get(home) ?? new Set()).add(`\`${nameOf(declaration)}\``));
      if (home !== undefined || (exported.has(text) && !isExported(declaration))) continue;
      shown.set(text, name);
      own.push(declaration);
    }
    const code = own.length === 0 ? [] : [`\`\`\`ts\n${own.join('\n\n')}\n\`\`\`\n`];
    const also = [...others].map(([home, names]) => `As in \`${home}\`: ${[...names].join(', ')}.\n`);
    return [`## ${name}\n`, ...code, ...also].join('\n');
  });
  return [INTRO, ...sections].join('\n');
}
