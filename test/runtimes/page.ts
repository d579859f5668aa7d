// What a page, or a program in a runtime with a global WebSocket, runs.
import { connect } from '../../src/index.ts';
import { type Steps, talk } from './wire.ts';

/** Over ws and over wss. */
export async function wire(id: string, ws: string, wss: string): Promise<{ ws: Steps; wss: Steps }> {
  return { ws: await talk(connect, ws, `${id}-ws`), wss: await talk(connect, wss, `${id}-wss`) };
}
