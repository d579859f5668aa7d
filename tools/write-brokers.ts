import { writeFileSync } from 'node:fs';
import { freshBrokers } from './brokers.ts';

writeFileSync('docs/brokers.md', freshBrokers());
