// One connection, from its opening to its end: bytes and packets, frames, keep-alive.
import { type Clock, timerOf } from './clock.ts';
import { disconnect, encodedLength, encodeInto, type Packet, pingreq } from './codec.ts';
import { StreamDecoder } from './decoder.ts';
import { ConnectionLostError, ProtocolError } from './errors.ts';
import { createKeepAlive } from './keep-alive.ts';
import { serverDecoders } from './packets/index.ts';
import { CONNACK } from './packets/packet.ts';
import type { TransportFactory } from './transport.ts';

export interface LinkOptions {
  readonly url: string;
  readonly transport?: TransportFactory | undefined;
  readonly maxPacketSize?: number | undefined;
  /** Packets that are written in one turn leave in one frame of up to so many bytes [MQTT-6.0.0-2]. */
  readonly maxFrameSize?: number | undefined;
}

/** What a link tells its client, and asks of it. */
export interface LinkEvents {
  opened(): void;
  received(packet: Packet): void;
  sent(packet: Packet): void;
  /** The last, and it comes once. */
  ended(error: Error): void;
  /** Calls back when all is kept that must outlive the process before anything else may be sent. */
  whenKept(callback: () => void): void;
}

export interface Link {
  /** Sends a packet with the others of this turn, in one frame. Throws ProtocolError or TypeError: nothing is sent. */
  send(packet: Packet): void;
  /** Resolves when what was sent so far is in the socket, and the socket is not overfull: one promise for all of it. */
  taken(): Promise<void>;
  /** The broker has accepted: from now on the connection is kept alive. `keepAlive` in seconds, 0: off. */
  startKeepAlive(keepAlive: number): void;
  /** Gives no packet out before the timers have run: whoever waits for the CONNACK comes first. */
  hold(): void;
  /** Asks at once whether the peer is still there. */
  probe(): void;
  /** Sends what is left and DISCONNECT, closes, and sends nothing more [MQTT-3.14.4-1, MQTT-3.14.4-2]. */
  close(error: Error): void;
  /** Ends the connection at once, with this error. */
  fail(error: Error): void;
}

/** With more than this waiting in the socket, in bytes, a QoS 0 publish waits too. */
const HIGH_WATER = 65_536;

/** How often a socket that does not report is asked whether it has drained, in milliseconds. */
const DRAIN_POLL = 20;

// a link's states, in their order
const OPENING = 0;
const OPEN = 1;
const CLOSING = 2; // nothing is sent any more, and nothing taken
const ENDED = 3;

const NOTHING: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** Throws what the transport throws, when it cannot even try. */
export function openLink(options: LinkOptions, clock: Clock, events: LinkEvents): Link {
  const { url, transport: connect, maxPacketSize, maxFrameSize = 16_384 } = options;
  if (connect === undefined) throw new TypeError('options.transport is required');
  const decoder = new StreamDecoder(serverDecoders, maxPacketSize);
  const chunks: Uint8Array[] = []; // not decoded yet
  const [keepAliveTimer, drainTimer, holdTimer] = [timerOf(clock), timerOf(clock), timerOf(clock)];
  let state = OPENING;
  let isFirst = true; // of all that comes
  let isHeld = false;
  let keepAlive = createKeepAlive(0, clock.now()); // off until the CONNACK
  let lastSent = 0; // by the clock
  let packets: Packet[] = []; // of this turn, at the end of which they leave
  let frames: Uint8Array[] = []; // that hold them and are full
  let frame = NOTHING; // the one that is being filled
  let filled = 0; // bytes of it
  let unsent = 0; // turns whose packets have not left
  let taken: Promise<void>; // while there is
  let taker: { resolve(): void; reject(error: Error): void } | undefined;

  const transport = connect(url, {
    opened() {
      if (state !== OPENING) return;
      state = OPEN;
      events.opened();
    },
    received(chunk) {
      if (state >= CLOSING || chunk.length === 0) return;
      // judged by its first byte: garbage may look like the beginning of something long
      if (isFirst && chunk[0]! >> 4 !== CONNACK)
        return fail(new ProtocolError('MQTT-3.2.0-1', 'the first packet from a broker must be CONNACK'));
      isFirst = false;
      keepAlive.received(clock.now());
      checkIfDue();
      chunks.push(chunk);
      read();
    },
    drained: releaseTaker,
    closed: (cause, code) => end(cause instanceof ProtocolError ? cause : lost(cause, code)),
  });

  // ---- what comes in

  function read(): void {
    try {
      while (!isHeld && state < CLOSING) {
        const packet = decoder.read();
        if (packet) events.received(packet);
        else if (chunks.length > 0) decoder.push(chunks.shift()!);
        else return;
      }
    } catch (error) {
      fail(error as Error); // [MQTT-4.8.0-1]
    }
  }

  // ---- what goes out

  // into the frame of this turn, as long as there is room in it
  function send(packet: Packet): void {
    if (state >= CLOSING) return;
    const size = encodedLength(packet);
    if (filled > 0 && filled + size > maxFrameSize) endFrame();
    if (filled + size > frame.length) {
      const larger = new Uint8Array(filled === 0 ? size : Math.max(filled + size, Math.min(4 * filled, maxFrameSize)));
      larger.set(frame);
      frame = larger;
    }
    filled = encodeInto(packet, frame, filled);
    if (packets.push(packet) > 1) return;
    unsent += 1;
    void Promise.resolve().then(flush);
  }

  function endFrame(): void {
    frames.push(filled === frame.length ? frame : new Uint8Array(frame.subarray(0, filled))); // an ES5 engine has no slice()
    frame = NOTHING;
    filled = 0;
  }

  // never called while the session is at work: what a listener does cannot come in between
  function flush(): void {
    if (packets.length === 0) return;
    endFrame();
    const [batch, sent] = [frames, packets];
    frames = [];
    packets = [];
    events.whenKept(() => transmit(batch, sent));
  }

  function transmit(batch: readonly Uint8Array[], sent: readonly Packet[]): void {
    if (state === ENDED) return;
    try {
      for (const bytes of batch) transport.send(bytes);
    } catch (error) {
      return fail(lost(error));
    }
    unsent -= 1;
    lastSent = clock.now();
    for (const packet of sent) events.sent(packet);
    keepAlive.sent(lastSent);
    checkIfDue();
    releaseTaker();
  }

  function releaseTaker(): void {
    if (!taker || unsent > 0) return;
    if ((transport.bufferedAmount?.() ?? 0) > HIGH_WATER) {
      if (!transport.reportsDrained) drainTimer(DRAIN_POLL, releaseTaker);
      return;
    }
    taker.resolve();
    taker = undefined;
  }

  // ---- keep-alive

  // no timer is touched by traffic; what became due while nobody looked is done now
  function checkIfDue(): void {
    if (state < CLOSING && keepAlive.isDue(clock.now())) checkKeepAlive();
  }

  function checkKeepAlive(): void {
    const verdict = keepAlive.poll(clock.now());
    if (verdict === 'dead')
      return fail(new ConnectionLostError('keep-alive-timeout', 'the broker did not answer a PINGREQ in time'));
    if (verdict === 'ping') send(pingreq());
    armKeepAlive();
  }

  // one timer, for the next deadline: when it has moved meanwhile, the timer is set again
  function armKeepAlive(): void {
    keepAliveTimer(keepAlive.deadline - clock.now(), checkKeepAlive);
  }

  // ---- the end

  function lost(cause: unknown, code?: number): ConnectionLostError {
    const message = state === OPENING ? 'the WebSocket could not be opened' : 'the connection was closed';
    const details = [message, code && `code ${code}`, (cause as Error)?.message ?? cause].filter(Boolean).join(', ');
    return new ConnectionLostError(state === OPENING ? 'unreachable' : 'closed', details, code, cause);
  }

  function stop(last: typeof CLOSING | typeof ENDED): void {
    state = last;
    packets = [];
    frames = [];
    filled = 0;
    keepAliveTimer();
    drainTimer();
    holdTimer();
  }

  function rejectTaker(error: Error): void {
    taker?.reject(error);
    taker = undefined;
  }

  function end(error: Error): void {
    if (state === ENDED) return;
    stop(ENDED);
    rejectTaker(error);
    events.ended(error);
  }

  function fail(error: Error): void {
    end(error); // before the transport can tell of an end: this is the reason
    if (transport.abort) transport.abort();
    else transport.close();
  }

  return {
    send,
    taken() {
      if (!taker)
        taken = new Promise((resolve, reject) => {
          taker = { resolve, reject };
        });
      return taken;
    },
    startKeepAlive(seconds) {
      keepAlive = createKeepAlive(seconds, clock.now());
      keepAlive.sent(lastSent); // the CONNECT: however long its answer took [MQTT-3.1.2-23]
      armKeepAlive();
    },
    hold() {
      isHeld = true;
      holdTimer(0, () => {
        isHeld = false;
        read();
      });
    },
    probe() {
      if (keepAlive.isDue(clock.now())) return checkKeepAlive();
      keepAlive.probe(clock.now());
      send(pingreq());
      armKeepAlive();
    },
    close(error) {
      send(disconnect());
      flush();
      stop(CLOSING);
      events.whenKept(() => {
        rejectTaker(error);
        transport.close();
      });
    },
    fail,
  };
}
