// A TCP proxy on loopback that breaks what it carries: every connection in a way of its own, which is drawn from a seed.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../simulation/random.ts';

/** How a connection ends: both ends are told by a FIN, or by a RST; or nobody is told, and nothing arrives any more. */
export const ENDS = ['cut', 'reset', 'black hole'] as const;
/** What it suffers before: a pause, bytes one at a time, every chunk late. */
export const HINDRANCES = ['none', 'stall', 'drip', 'delay'] as const;

export interface Fault {
  readonly end: (typeof ENDS)[number];
  readonly hindrance: (typeof HINDRANCES)[number];
  readonly direction: 'up' | 'down';
  /** The end comes after this number of bytes in this direction. The WebSocket handshake counts. */
  readonly bytes: number;
  /** Milliseconds: of a stall, or of every delay. */
  readonly delay: number;
  /** Milliseconds until the client and the broker hear of the end. */
  readonly lags: readonly [client: number, broker: number];
}

/** About the bytes of a WebSocket's handshake. */
const HANDSHAKE = { up: 300, down: 200 } as const;
/** Most bytes behind it: a hundred packets each way. */
const TRAFFIC = { up: 3_000, down: 1_500 } as const;

/** @param directions in which there is traffic */
export function faultOf(random: Random, directions: readonly Fault['direction'][] = ['up', 'down']): Fault {
  const direction = random.pick(directions);
  const isEarly = random.chance(0.1);
  return {
    end: random.chance(0.02) ? 'black hole' : random.pick(['cut', 'reset'] as const),
    hindrance: random.chance(0.7) ? 'none' : random.pick(['stall', 'drip', 'delay'] as const),
    direction,
    bytes: isEarly ? random.below(HANDSHAKE[direction]) : HANDSHAKE[direction] + random.magnitude(TRAFFIC[direction]),
    delay: random.magnitude(40),
    lags: [random.chance(0.5) ? 0 : random.magnitude(30), random.chance(0.5) ? 0 : random.magnitude(100)],
  };
}

export class FaultProxy {
  /** Ends that were suffered. */
  readonly suffered: Fault[] = [];
  private readonly server: Server;
  private readonly target: number;
  private readonly next: () => Fault | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(target: number, next: () => Fault | undefined) {
    this.target = target;
    this.next = next;
    // half-open connections are ended here, not by the system
    this.server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.carry(client));
  }

  /** @param next what the next connection suffers; undefined: nothing */
  static async start(target: number, next: () => Fault | undefined): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, next);
    await once(proxy.server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Resets every connection there is. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Takes no more connections once those there are have ended. */
  close(): void {
    this.server.close();
  }

  private carry(client: Socket): void {
    const broker = connect({ port: this.target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const fault = this.next();
    for (const socket of [client, broker]) {
      this.sockets.add(socket);
      socket.on('error', () => {}); // the end follows
      socket.on('close', () => this.sockets.delete(socket));
    }
    new Connection(client, broker, fault, (suffered) => this.suffered.push(suffered));
  }
}

class Connection {
  private isBroken = false;
  private readonly client: Socket;
  private readonly broker: Socket;
  private readonly fault: Fault | undefined;
  private readonly suffered: (fault: Fault) => void;

  constructor(client: Socket, broker: Socket, fault: Fault | undefined, suffered: (fault: Fault) => void) {
    this.client = client;
    this.broker = broker;
    this.fault = fault;
    this.suffered = suffered;
    this.join('up', client, broker);
    this.join('down', broker, client);
  }

  private join(direction: Fault['direction'], from: Socket, to: Socket): void {
    let carried = 0;
    let isStalled = false;
    const { fault } = this;
    const carry = async (chunk: Buffer) => {
      if (this.isBroken || fault === undefined) return this.write(to, chunk);
      if (fault.hindrance === 'delay') await sleep(fault.delay);
      if (fault.hindrance === 'stall' && !isStalled && carried + chunk.length > fault.bytes / 2) {
        isStalled = true;
        await sleep(fault.delay);
      }
      const left = fault.direction === direction ? fault.bytes - carried : Number.POSITIVE_INFINITY;
      const part = chunk.subarray(0, left);
      carried += part.length;
      if (fault.hindrance === 'drip') await this.drip(to, part);
      else this.write(to, part);
      if (left <= chunk.length) this.suffer(fault);
    };
    let last = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      last = last.then(() => carry(chunk));
    });
    from.on('end', () => {
      last = last.then(() => {
        if (!this.isBroken) to.end();
      });
    });
    // behind what is under way; a black hole tells the broker only when it is time
    from.on('close', () => {
      if (!this.isBroken) last = last.then(() => void to.destroySoon());
      else if (from === this.client && fault?.end === 'black hole') setTimeout(() => to.destroy(), fault.lags[1]);
    });
  }

  private async drip(to: Socket, chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length && !this.isBroken; at++) {
      this.write(to, chunk.subarray(at, at + 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private write(to: Socket, chunk: Buffer): void {
    if (!this.isBroken && to.writable && chunk.length > 0) to.write(chunk);
  }

  private suffer(fault: Fault): void {
    if (this.isBroken) return;
    this.isBroken = true;
    this.suffered(fault);
    if (fault.end === 'black hole') return;
    const end = (socket: Socket) => (fault.end === 'cut' ? socket.destroy() : socket.resetAndDestroy());
    setTimeout(() => end(this.client), fault.lags[0]);
    setTimeout(() => end(this.broker), fault.lags[1]);
  }
}
