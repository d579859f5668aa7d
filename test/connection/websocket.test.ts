import { describe, expect, it, vi } from 'vitest';
import { connack, encode, puback } from '../../src/codec/codec.ts';
import { ProtocolError } from '../../src/codec/error.ts';
import { ConnectionLostError } from '../../src/connection/error.ts';
import type { Transport, TransportEvents } from '../../src/connection/transport.ts';
import { type WebSocketConstructor, type WebSocketLike, webSocketTransport } from '../../src/connection/websocket.ts';
import { settled } from '../support/fake-clock.ts';
import { fate, Network } from '../support/fake-network.ts';
import { bytes, hex } from '../support/hex.ts';

/** A WebSocket that does what the test says, and writes down what is done to it. */
class ScriptedSocket implements WebSocketLike {
  static last: ScriptedSocket;
  readyState = 0;
  protocol: string | null = '';
  bufferedAmount = 0;
  binaryType = 'blob';
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  readonly made: unknown[];
  readonly sent: Uint8Array[] = [];
  readonly calls: string[] = [];
  /** What close() does besides. */
  closing: () => void = () => {};

  constructor(...made: unknown[]) {
    this.made = made;
    ScriptedSocket.last = this;
  }

  send(data: Uint8Array): void {
    this.sent.push(data);
  }

  close(code?: number): void {
    this.calls.push(`close ${code}`);
    this.readyState = 2;
    this.closing();
  }

  open(protocol: string | null = 'mqtt'): void {
    this.readyState = 1;
    this.protocol = protocol;
    this.onopen?.({} as never);
  }

  message(data: string | ArrayBuffer | Uint8Array): void {
    this.onmessage?.({ data } as never);
  }

  error(event: { message?: string; error?: unknown } = {}): void {
    this.onerror?.(event as never);
  }

  closed(code?: number): void {
    this.readyState = 3;
    this.onclose?.({ code } as never);
  }
}

/** What `ws` has besides. */
class ScriptedNodeSocket extends ScriptedSocket {
  callback: (error?: Error) => void = () => {};
  override send(data: Uint8Array, callback?: (error?: Error) => void): void {
    super.send(data);
    this.callback = callback!;
  }
  terminate(): void {
    this.calls.push('terminate');
  }
  pause(): void {
    this.calls.push('pause');
  }
  resume(): void {
    this.calls.push('resume');
  }
}

const constructorOf = (Socket: typeof ScriptedSocket) => Socket as unknown as WebSocketConstructor;

/** A transport over a scripted socket, and the events it has told. */
function attach(Socket: typeof ScriptedSocket = ScriptedSocket, socket?: ScriptedSocket) {
  const log: string[] = [];
  const causes: unknown[] = [];
  const events: TransportEvents = {
    opened: () => log.push('opened'),
    received: (chunk) => log.push(`received ${hex(chunk)}`),
    drained: () => log.push('drained'),
    closed: (cause, code) => {
      log.push(`closed ${code}`);
      causes.push(cause);
    },
  };
  const transport: Transport = webSocketTransport(socket ?? constructorOf(Socket))('wss://broker.test/mqtt', events);
  return { transport, socket: (socket ?? ScriptedSocket.last) as ScriptedNodeSocket, log, causes };
}

describe('a WebSocket', () => {
  it("is made with subprotocol 'mqtt' and no other [MQTT-6.0.0-3]", () => {
    expect(attach().socket.made).toStrictEqual(['wss://broker.test/mqtt', ['mqtt']]);
  });

  it('is made with options where there are some', () => {
    const options = { headers: { a: 'b' } };
    webSocketTransport(constructorOf(ScriptedSocket), options)('WS://h', {} as TransportEvents);
    expect(ScriptedSocket.last.made).toStrictEqual(['WS://h', ['mqtt'], options]);
  });

  it.each(['http://h', 'mqtt://h:1883', 'ws:/h', 'ws://', 'wss:///path', '', 'h:443', ' ws://h'])(
    "is not made for '%s'",
    (url) => {
      const open = () => webSocketTransport(constructorOf(ScriptedSocket))(url, {} as TransportEvents);
      expect(open).toThrow(TypeError);
      expect(open).toThrow('ws:// or wss://');
    },
  );

  it.each([
    ['mqtt://h:1883', 'write ws://'],
    ['http://h/mqtt', 'write ws://'],
    ['mqtts://h:8883', 'write wss://'],
    ['HTTPS://h/mqtt', 'write wss://'],
  ])("says for '%s': %s", (url, what) => {
    const open = () => webSocketTransport(constructorOf(ScriptedSocket))(url, {} as TransportEvents);
    expect(open).toThrow(new RegExp(`${what}$`));
  });

  it("of the platform's own takes its options in place of the protocols, unless it has a parameter for them", () => {
    class Own extends ScriptedSocket {
      constructor(url: string, protocolsOrOptions: unknown) {
        super(url, protocolsOrOptions);
      }
    }
    class ReactNative extends ScriptedSocket {
      constructor(url: string, protocols: unknown, options: unknown) {
        super(url, protocols, options);
      }
    }
    const options = { headers: { a: 'b' } };
    for (const [Socket, ...made] of [
      [Own, { headers: { a: 'b' }, protocols: ['mqtt'] }],
      [ReactNative, ['mqtt'], options],
    ] as const) {
      vi.stubGlobal('WebSocket', Socket);
      webSocketTransport(constructorOf(Socket as never), options)('ws://h', {} as TransportEvents);
      vi.unstubAllGlobals();
      expect(ScriptedSocket.last.made).toStrictEqual(['ws://h', ...made]);
    }
  });

  it('whose constructor refuses the URL says so, without the URL', () => {
    class Refusing {
      constructor(url: string) {
        throw new SyntaxError(`Invalid URL: ${url}`);
      }
    }
    const open = (Socket: unknown) => () =>
      webSocketTransport(Socket as WebSocketConstructor)('ws://h:99999?token=hunter2', {} as TransportEvents);
    expect(open(Refusing)).toThrow(new TypeError('this WebSocket takes no such url or no webSocketOptions'));
    class Failing {
      constructor() {
        throw new Error('bad certificate in options');
      }
    }
    expect(open(Failing)).toThrow('bad certificate in options');
  });

  it('asks for binary messages as the platform gives them', () => {
    expect(attach().socket.binaryType).toBe('arraybuffer');
    expect(attach(ScriptedNodeSocket).socket.binaryType).toBe('nodebuffer');
  });

  it('gives what it receives, as bytes, whichever shape it has', () => {
    const { socket, log } = attach();
    socket.open();
    socket.message(bytes('d0 00').buffer as ArrayBuffer);
    socket.message(Buffer.from('d000', 'hex'));
    socket.message(bytes('ff d0 00').subarray(1));
    expect(log).toStrictEqual(['opened', 'received d0 00', 'received d0 00', 'received d0 00']);
  });

  it.each([
    ['', "''"],
    [null, "''"],
    ['mqttv3.1', "'mqttv3.1'"],
    ['MQTT', "'MQTT'"],
  ])("that opens with subprotocol %o instead of 'mqtt' is closed [MQTT-6.0.0-4]", (protocol, shown) => {
    for (const Socket of [ScriptedSocket, ScriptedNodeSocket]) {
      const { socket, log, causes } = attach(Socket);
      socket.open(protocol);
      expect(log).toStrictEqual(['closed undefined']);
      expect(causes[0]).toBeInstanceOf(ProtocolError);
      expect(causes[0]).toMatchObject({ clause: 'MQTT-6.0.0-4', message: expect.stringContaining(shown) });
      expect(socket.calls).toStrictEqual([Socket === ScriptedSocket ? 'close 1000' : 'terminate']);
    }
  });

  it('that fails for its subprotocol, as `ws` does, breaks the same rule [MQTT-6.0.0-4]', () => {
    const { socket, causes } = attach(ScriptedNodeSocket);
    socket.error({ message: 'Server sent no subprotocol', error: new Error('Server sent no subprotocol') });
    expect(causes).toMatchObject([{ clause: 'MQTT-6.0.0-4' }]);
  });

  it('that gets a text frame is closed, and nothing more comes out of it [MQTT-6.0.0-1]', () => {
    for (const Socket of [ScriptedSocket, ScriptedNodeSocket]) {
      const { socket, log, causes } = attach(Socket);
      socket.open();
      socket.message('20 02 00 00');
      socket.message(bytes('20 02 00 00'));
      socket.closed(1006);
      expect(log).toStrictEqual(['opened', 'closed undefined']);
      expect(causes).toMatchObject([{ clause: 'MQTT-6.0.0-1' }]);
      expect(socket.calls).toStrictEqual([Socket === ScriptedSocket ? 'close 1000' : 'terminate']);
    }
  });

  it('with an error and never a close has ended, and is closed by us', () => {
    const cause = new Error('refused');
    const { socket, log, causes } = attach();
    socket.error({ error: cause });
    expect(log).toStrictEqual(['closed undefined']);
    expect(causes).toStrictEqual([cause]);
    expect(socket.calls).toStrictEqual(['close 1000']);
  });

  it.each([
    [{}, undefined],
    [{ message: '' }, undefined],
    [{ message: 'words' }, 'words'],
  ])('with an error that says %o has that cause', (event, cause) => {
    const { socket, causes } = attach();
    socket.error(event);
    expect(causes).toStrictEqual([cause]);
  });

  it.each([1006, 0, 1005, undefined])('with a close and no error has ended, with code %o', (code) => {
    const { socket, log } = attach();
    socket.closed(code);
    expect(log).toStrictEqual([`closed ${code}`]);
  });

  it('with an error and a close, in either order, has ended once', () => {
    for (const order of [
      ['error', 'closed'],
      ['closed', 'error'],
    ] as const) {
      const { socket, log } = attach();
      for (const event of order) socket[event]();
      socket.open();
      socket.message(bytes('d0 00'));
      expect(log).toHaveLength(1);
    }
  });

  it('that is cut at once tells nothing more', () => {
    const { transport, socket, log } = attach(ScriptedNodeSocket);
    socket.open();
    transport.abort?.();
    socket.error();
    socket.closed(1006);
    expect([log, socket.calls]).toStrictEqual([['opened'], ['terminate']]);
  });

  it('is closed with code 1000, which every platform and broker takes', () => {
    const { transport, socket } = attach();
    socket.open();
    transport.close();
    expect(socket.calls).toStrictEqual(['close 1000']);
  });

  it('without `bufferedAmount` counts as empty', () => {
    const socket = new ScriptedSocket();
    const { transport } = attach(ScriptedSocket, socket);
    socket.bufferedAmount = 17;
    expect(transport.bufferedAmount?.()).toBe(17);
    Reflect.deleteProperty(socket, 'bufferedAmount');
    expect(transport.bufferedAmount?.()).toBe(0);
  });

  it('of `ws` tells what has left, and not what has failed or is over', () => {
    const { transport, socket, log } = attach(ScriptedNodeSocket);
    expect(transport.reportsDrained).toBe(true);
    socket.readyState = 1;
    transport.send(bytes('c0 00'));
    socket.callback();
    expect(log).toStrictEqual(['drained']);
    socket.closed(1006);
    socket.callback();
    expect(log).toStrictEqual(['drained', 'closed 1006']);
  });

  it('of `ws` is over when it cannot send', () => {
    const { transport, socket, log } = attach(ScriptedNodeSocket);
    socket.readyState = 1;
    transport.send(bytes('c0 00'));
    socket.callback(new Error('not open'));
    socket.closed(1006);
    expect(log).toStrictEqual(['closed undefined']);
  });

  it('is over when it is told to send after the Close frame of its peer, since it would discard that', () => {
    const { transport, socket, log } = attach(ScriptedSocket);
    socket.readyState = 2;
    transport.send(bytes('c0 00'));
    expect(log).toStrictEqual(['closed undefined']);
  });
});

describe('a WebSocket made elsewhere', () => {
  it('that is open already is taken as it is, after this turn', async () => {
    const socket = new ScriptedSocket();
    socket.readyState = 1;
    socket.protocol = 'mqtt';
    const { log } = attach(ScriptedSocket, socket);
    expect(log).toStrictEqual([]);
    await settled();
    expect(log).toStrictEqual(['opened']);
  });

  it('that is open with another subprotocol is closed [MQTT-6.0.0-4]', async () => {
    const socket = new ScriptedSocket();
    socket.readyState = 1;
    const { causes } = attach(ScriptedSocket, socket);
    await settled();
    expect(causes).toMatchObject([{ clause: 'MQTT-6.0.0-4' }]);
  });

  it.each([2, 3])('that is over, in state %i, ends at once', async (readyState) => {
    const socket = new ScriptedSocket();
    socket.readyState = readyState;
    const { log, causes } = attach(ScriptedSocket, socket);
    await settled();
    expect([log, causes]).toStrictEqual([['closed undefined'], ['it is closed already']]);
  });
});

describe('a client over such a WebSocket', () => {
  const start = (Socket: typeof ScriptedSocket = ScriptedSocket) => {
    const network = new Network();
    const connecting = network.connect({ transport: webSocketTransport(constructorOf(Socket)), reconnect: false });
    return { network, connecting, socket: ScriptedSocket.last };
  };
  const goOnline = async (Socket: typeof ScriptedSocket = ScriptedSocket) => {
    const { network, connecting, socket } = start(Socket);
    socket.open();
    socket.message(encode(connack()));
    const client = await connecting;
    await network.clock.advance(0);
    return { network, client, socket };
  };

  it('over one whose error comes without a close fails at once, with no timer left', async () => {
    const { network, connecting, socket } = start();
    socket.error();
    expect(await fate(connecting)).toMatchObject({ reason: 'unreachable' });
    expect(network.clock.pending).toStrictEqual([]);
  });

  it('over one that closes while close() is called still tells the real reason', async () => {
    const { network, connecting, socket } = start();
    socket.closing = () => {
      socket.error({ message: 'closed before it was open' });
      socket.closed(1006);
    };
    await network.clock.advance(30_000);
    expect(await fate(connecting)).toMatchObject({ reason: 'connect-timeout' });
    expect(network.clock.pending).toStrictEqual([]);
  });

  it('over one that closes while close() is called has closed, with no timer left', async () => {
    const { network, client, socket } = await goOnline();
    socket.closing = () => socket.closed(1000);
    const closing = client.close();
    expect(network.clock.pending).toStrictEqual([]);
    expect(await fate(closing)).toBe(undefined);
  });

  it('over one whose close never comes has closed after five seconds, and not sooner', async () => {
    const { network, client, socket } = await goOnline();
    const closing = client.close();
    await network.clock.advance(4_999);
    expect(await fate(closing)).toBe('pending');
    await network.clock.advance(1);
    expect(await fate(closing)).toBe(undefined);
    expect(socket.calls).toContain('close 1000');
  });

  it('over one whose send throws is lost, and the socket closed', async () => {
    const { client, socket } = await goOnline();
    const cause = new Error('send after close');
    socket.send = () => {
      throw cause;
    };
    const publishing = client.publish('a', 'b');
    expect(await fate(publishing)).toBeInstanceOf(ConnectionLostError);
    expect(await fate(publishing)).toMatchObject({ reason: 'closed', cause });
    expect(client.state).toBe('closed');
    expect(socket.calls).toStrictEqual(['close 1000']);
  });

  it('never writes to a buffer that it has sent, and sends buffers that hold nothing else', async () => {
    const { client, socket } = await goOnline();
    const payload = new Uint8Array(100).fill(7);
    const copies: string[] = [];
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      copies.push(hex(data));
      send(data);
    };
    socket.sent.length = 0;
    void client.publish('one', payload.subarray(1, 99));
    await settled();
    for (const qos of [0, 1, 2] as const) void client.publish('many', payload, { qos }).catch(() => {});
    await settled();
    payload.fill(9); // no buffer of the application's is handed on
    void client.publish('more', payload);
    await settled();
    socket.message(encode(puback(1)));
    await settled();
    expect(socket.sent).toHaveLength(3);
    expect(socket.sent.map(hex)).toStrictEqual(copies);
    expect(new Set(socket.sent.map(({ buffer }) => buffer)).size).toBe(3);
    for (const { byteOffset, byteLength, buffer } of socket.sent)
      expect([byteOffset, byteLength]).toStrictEqual([0, buffer.byteLength]);
  });

  it('closed during the handshake cuts it, and settles', async () => {
    for (const Socket of [ScriptedSocket, ScriptedNodeSocket]) {
      const abort = new AbortController();
      const network = new Network();
      const transport = webSocketTransport(constructorOf(Socket));
      const connecting = network.connect({ transport, signal: abort.signal });
      const socket = ScriptedSocket.last;
      abort.abort();
      expect(await fate(connecting)).toMatchObject({ name: 'AbortError' });
      expect(socket.calls).toStrictEqual([Socket === ScriptedSocket ? 'close 1000' : 'terminate']);
      expect(network.clock.pending).toStrictEqual([]);
    }
  });
});
