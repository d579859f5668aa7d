// A WeChat mini program's side of examples/wechat.ts: `wx`, a broker behind its sockets, and what both saw.
import { connack, Decoder, encode, type Packet, PacketType, puback } from '../../src/codec/codec.ts';

/** What `wx.connectSocket` returns: it sends whole buffers, and tells listeners. */
class SocketTask {
  readonly frames: Uint8Array[] = [];
  readonly packets: Packet[] = [];
  private readonly decoder = new Decoder();
  private readonly listeners: { [event: string]: (value: object) => void } = {};

  readonly onOpen = this.listenTo('open');
  readonly onMessage = this.listenTo('message');
  readonly onError = this.listenTo('error');
  readonly onClose = this.listenTo('close');

  private listenTo(event: string): (listener: (value: object) => void) => void {
    return (listener) => {
      this.listeners[event] = listener;
    };
  }

  tell(event: string, value: object = {}): void {
    setImmediate(() => this.listeners[event]!(value));
  }

  send({ data }: { data: ArrayBuffer }): void {
    this.frames.push(new Uint8Array(data));
    this.decoder.push(new Uint8Array(data));
    for (let packet = this.decoder.read(); packet !== undefined; packet = this.decoder.read()) {
      this.packets.push(packet);
      if (packet.type === PacketType.CONNECT) this.answer(connack());
      if (packet.type === PacketType.PUBLISH) this.answer(puback(packet.packetId));
    }
  }

  answer(packet: Packet): void {
    this.tell('message', { data: encode(packet).slice().buffer });
  }

  close(): void {
    this.tell('close', { code: 1000 });
  }
}

/** What the sockets were asked for, the types of the packets that left, and the bytes that left beside them. */
export interface PhoneUse {
  readonly asked: readonly object[];
  readonly types: readonly PacketType[];
  readonly surplus: number;
}

/** What is to be seen when a phone is used. */
export const EXPECTED_USE: PhoneUse = {
  asked: [{ url: 'wss://broker.test/mqtt', protocols: ['mqtt'] }],
  types: [PacketType.CONNECT, PacketType.PUBLISH, PacketType.PINGREQ, PacketType.DISCONNECT],
  surplus: 0,
};

/** Connects with the example, publishes, comes back from the background, and closes. */
export async function usePhone(load: (wx: object) => typeof import('../../examples/wechat.ts')): Promise<PhoneUse> {
  const sockets: SocketTask[] = [];
  const asked: object[] = [];
  let show = () => {};
  const { start } = load({
    connectSocket: ({ url, protocols }: { url: string; protocols: string[] }) => {
      asked.push({ url, protocols: [...protocols] });
      const socket = new SocketTask();
      sockets.push(socket);
      socket.tell('open');
      return socket;
    },
    onNetworkStatusChange: () => {},
    onAppShow: (listener: () => void) => {
      show = listener;
    },
  });

  const client = await start({ url: 'wss://broker.test/mqtt', clientId: 'phone' });
  await client.publish('t', '温度', { qos: 1 });
  show();
  await client.close();

  const packets = sockets.flatMap((socket) => socket.packets);
  const sent = sockets.flatMap(({ frames }) => frames).reduce((sum, { length }) => sum + length, 0);
  const surplus = sent - packets.reduce((sum, packet) => sum + encode(packet).length, 0);
  return { asked, types: packets.map(({ type }) => type), surplus };
}
