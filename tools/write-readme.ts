import { writeFileSync } from 'node:fs';
import { freshReadme } from './readme.ts';

writeFileSync('README.md', await freshReadme());
