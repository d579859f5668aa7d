/** Made by vite.config.ts from src/cli/learn. */
declare module 'virtual:learn' {
  /** The script that runs the checks, without the reader's code. */
  export const checks: string;
  /** By the names of the exercises. */
  export const texts: Readonly<Record<string, string>>;
  export const stubs: Readonly<Record<string, string>>;
  export const solutions: Readonly<Record<string, string>>;
}
