import type { Program } from 'typescript';

export function privateNames(program: Program): string[];
