import { writeFileSync } from 'node:fs';
import { apiReport } from './api-report.ts';

writeFileSync('etc/api.md', apiReport());
