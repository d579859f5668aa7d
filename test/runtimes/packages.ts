// Which version of a package there is, and where its files are.
import { readFileSync } from 'node:fs';
import { run } from './process.ts';

const FOLDER = 'test/runtimes/node_modules';

export function npmFile(name: string, path: string): string {
  return `${FOLDER}/${name}/${path}`;
}

export async function npmVersion(name: string): Promise<string> {
  return JSON.parse(readFileSync(npmFile(name, 'package.json'), 'utf8')).version.replace(/^v/, '');
}

/** Of the program, without what Debian adds to it. */
export async function debianVersion(name: string): Promise<string> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own
  const version = (await run('dpkg-query', ['-W', '-f=${Version}', name])).trim();
  if (version === '') throw new Error(`${name} is not installed`);
  return version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}
