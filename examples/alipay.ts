// An Alipay mini program: its sockets as a transport. Bytes cross `my` as base64 text.
import { type Client, type ConnectOptions, connect, type TransportFactory } from 'mqtt311/client';

/** Bytes come as base64 text with `isBuffer`, and from newer versions of the app as an ArrayBuffer. */
interface SocketMessage {
  data: string | ArrayBuffer;
  isBuffer?: boolean;
}
interface SocketTask {
  onOpen(listener: () => void): void;
  onMessage(listener: (event: SocketMessage | { data: SocketMessage }) => void): void;
  onError(listener: (event: { error?: number }) => void): void;
  onClose(listener: () => void): void;
  send(options: { data: string; isBuffer: true; fail?: (failure: { errorMessage?: string }) => void }): void;
  close(options: { code?: number }): void;
}
declare const my: {
  connectSocket(options: { url: string; protocols: string[]; multiple: true }): SocketTask;
  arrayBufferToBase64(bytes: ArrayBuffer): string;
  base64ToArrayBuffer(text: string): ArrayBuffer;
  onNetworkStatusChange(listener: () => void): void;
  onAppShow(listener: () => void): void;
};

export const alipay: TransportFactory = (url, events) => {
  // Without `multiple`, there is one socket for the whole program, and its events are global: the end of an old connection
  // would pass for the end of the new one.
  const socket = my.connectSocket({ url, protocols: ['mqtt'], multiple: true });
  socket.onOpen(() => events.opened());
  socket.onMessage((event) => {
    // Alipay's documents show the message itself, its types show it inside of another object: this takes both
    const { data, isBuffer } = ('data' in Object(event.data) ? event.data : event) as SocketMessage;
    if (typeof data !== 'string') return events.received(new Uint8Array(data));
    if (isBuffer) return events.received(new Uint8Array(my.base64ToArrayBuffer(data)));
    events.closed('a text frame [MQTT-6.0.0-1]');
    socket.close({ code: 1000 });
  });
  socket.onError(({ error }) => events.closed(`my.connectSocket: error ${error}`));
  socket.onClose(() => events.closed()); // it tells no code
  return {
    // the whole buffer is sent: what the client hands over fills its buffer exactly
    send: (bytes) =>
      socket.send({
        data: my.arrayBufferToBase64(bytes.buffer as ArrayBuffer),
        isBuffer: true, // the other side gets the bytes, and not the text
        fail: ({ errorMessage }) => events.closed(errorMessage),
      }),
    close: () => socket.close({ code: 1000 }),
  };
};

export async function start(options: ConnectOptions & { url: string }): Promise<Client> {
  const client = await connect({ ...options, transport: alipay });
  my.onNetworkStatusChange(() => client.wake());
  my.onAppShow(() => client.wake()); // sockets sleep with the program
  return client;
}
