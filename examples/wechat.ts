// A WeChat mini program: its sockets as a transport. For Alipay, see alipay.ts.
import { type Client, type ConnectOptions, connect, type TransportFactory } from 'mqtt311/client';

interface SocketTask {
  onOpen(listener: () => void): void;
  onMessage(listener: (event: { data: string | ArrayBuffer }) => void): void;
  onError(listener: (event: { errMsg: string }) => void): void;
  onClose(listener: (event: { code?: number }) => void): void;
  send(options: { data: ArrayBuffer; fail?: (event: { errMsg: string }) => void }): void;
  close(options: { code?: number }): void;
}
declare const wx: {
  connectSocket(options: { url: string; protocols: string[]; fail?: (event: { errMsg: string }) => void }): SocketTask;
  onNetworkStatusChange(listener: () => void): void;
  onAppShow(listener: () => void): void;
};

export const wechat: TransportFactory = (url, events) => {
  const failed = ({ errMsg }: { errMsg: string }) => events.closed(errMsg);
  const socket = wx.connectSocket({ url, protocols: ['mqtt'], fail: failed });
  socket.onOpen(() => events.opened());
  socket.onMessage(({ data }) => {
    if (typeof data !== 'string') return events.received(new Uint8Array(data));
    events.closed('a text frame [MQTT-6.0.0-1]');
    socket.close({ code: 1000 });
  });
  socket.onError(failed);
  socket.onClose(({ code }) => events.closed(undefined, code));
  return {
    // the whole buffer is sent: what the client hands over fills its buffer exactly
    send: (bytes) => socket.send({ data: bytes.buffer as ArrayBuffer, fail: failed }),
    close: () => socket.close({ code: 1000 }),
  };
};

export async function start(options: ConnectOptions & { url: string }): Promise<Client> {
  const client = await connect({ ...options, transport: wechat });
  wx.onNetworkStatusChange(() => client.wake());
  wx.onAppShow(() => client.wake()); // sockets sleep with the program
  return client;
}
