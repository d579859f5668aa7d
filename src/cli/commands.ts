import { broker } from './broker.ts';
import type { Command } from './command.ts';
import { completionOf } from './completion.ts';
import { explain } from './explain.ts';
import { gate } from './gate.ts';
import { learn } from './learn.ts';
import { ping } from './ping.ts';
import { pub } from './pub.ts';
import { sign } from './sign.ts';
import { sub } from './sub.ts';

const working: readonly Command[] = [explain, sign, pub, sub, ping, broker, gate, learn];

export const commands: readonly Command[] = [...working, completionOf(working)];
