// The devices of a gate, in a file.
import { readFileSync } from 'node:fs';
import { UsageError } from './command.ts';
import { checkDevices } from './gate/device.ts';
import type { Device } from './gate/gate.ts';

/** Throws UsageError with the place of what is wrong, and with nothing of what stands in the file: it has secrets. */
export function devicesIn(file: string): readonly Device[] {
  try {
    const devices = parsed(readFileSync(file, 'utf8').replace(/^\ufeff/, ''));
    checkDevices(devices);
    return devices;
  } catch (cause) {
    throw new UsageError(`--devices ${file}: ${(cause as Error).message}`, { cause });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`line ${badLineOf(text)} is no JSON`); // the message of the error may quote the file
  }
}

/** The first line with which the text cannot become JSON any more, whatever follows; or the last one. */
function badLineOf(text: string): number {
  const lines = text.trimEnd().split('\n');
  const index = lines.findIndex(
    (_, i) =>
      !mayGoOn(
        lines
          .slice(0, i + 1)
          .join('\n')
          .trimEnd(),
      ),
  );
  return index === -1 ? lines.length : index + 1;
}

function mayGoOn(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    return message.startsWith('Unexpected end') || Number(position) >= text.length;
  }
}
