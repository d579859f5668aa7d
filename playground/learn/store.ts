// What the reader has written, in the storage of the browser where there is one.
const PREFIX = 'mqtt311.learn.';

export function read(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined; // a browser may forbid it, above all to a file
  }
}

/** Undefined removes it. */
export function write(name: string, text: string | undefined): void {
  try {
    if (text === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
  } catch {
    // it stays on the page, and is lost with it
  }
}
