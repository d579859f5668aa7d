// Finds phrases that a colleague would not say, in comments and documents. CONTRIBUTING.md has the rules that a person applies.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const RULES: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/\banew\b/i, 'write "again"'],
  [/\bso many\b(?! that)/i, 'write "this many", or the name of the number'],
  [/\bfor long\b/i, 'write "for a long time"'],
  [/\bby hand of\b/i, 'say who does it'],
  [/\b(for|to|from|of) who\b/i, 'name the person or the thing'],
  [/^\W*Who (has|is|gets|keeps|knows|comes|asks|takes|wants|opens|reads|needs)\b(?!.*\?)/, 'begin with a noun'],
  [
    /\b(is|are|was) no (array|filter|integer|JSON|number|object|packet|string|text|topic|UTF-8)\b/,
    'write "is not a …"',
  ],
  [/\bwhat (?:came )?of\b/i, 'name the thing'],
];
const FILES = ['*.ts', '*.mts', '*.mjs', '*.js', '*.c', '*.md'];
const NOT_OURS = [
  ':!*.zh-CN.md',
  ':!docs/api',
  ':!docs/typedoc',
  ':!etc',
  ':!test/vectors',
  ':!tools/words.ts',
  ':!CONTRIBUTING.md',
  ':!docs/conformance.md',
];

/** The lines of a comment or of a document's text, with their numbers. */
function* wordsOf(file: string): Generator<readonly [line: number, text: string]> {
  const isDocument = file.endsWith('.md');
  let isCode = false;
  for (const [i, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (isDocument && /^\s*```/.test(line)) isCode = !isCode;
    const text = isDocument
      ? isCode
        ? ''
        : line
      : (/^\s*(?:\/?\*+|#)\s(.*)|(?:^|\s)\/\/\s(.*)/.exec(line)?.slice(1).find(Boolean) ?? '');
    yield [i + 1, text];
  }
}

const found = execFileSync('git', ['ls-files', '--', ...FILES, ...NOT_OURS], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .flatMap((file) =>
    [...wordsOf(file)].flatMap(([line, text]) =>
      RULES.flatMap(([pattern, advice]) => {
        const phrase = pattern.exec(text)?.[0];
        return phrase ? [`${file}:${line}: "${phrase.trim()}": ${advice}`] : [];
      }),
    ),
  );
for (const complaint of found) console.log(complaint);
if (found.length > 0) process.exitCode = 1;
