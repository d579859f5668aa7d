#!/usr/bin/env node
// mqtt311 on the command line.
import { run } from './run.ts';
import { end, listenForInterruption } from './terminal.ts';

listenForInterruption();
run(process.argv.slice(2)).then(end);
