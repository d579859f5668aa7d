// A broker in memory, small enough to be read: it accepts everybody, and acknowledges without keeping anything.

import type { TransportFactory } from 'mqtt311/client';
import { connack, Decoder, encode, type Packet, PacketType, pingresp, puback, suback } from 'mqtt311/codec';

/** Answers every packet with the result of `answer`; `undefined` cuts the connection. */
export function brokerOf(answer: (packet: Packet) => readonly Packet[] | undefined): TransportFactory {
  return (_url, events) => {
    const decoder = new Decoder();
    queueMicrotask(() => events.opened());
    return {
      send(bytes) {
        decoder.push(bytes);
        for (let packet = decoder.read(); packet !== undefined; packet = decoder.read()) {
          const answers = answer(packet);
          if (answers === undefined) return queueMicrotask(() => events.closed('the cable was cut'));
          for (const each of answers) queueMicrotask(() => events.received(encode(each)));
        }
      },
      close: () => queueMicrotask(() => events.closed()),
    };
  };
}

export function polite(packet: Packet): readonly Packet[] {
  if (packet.type === PacketType.CONNECT) return [connack({ sessionPresent: !packet.cleanSession })];
  if (packet.type === PacketType.SUBSCRIBE)
    return [suback({ packetId: packet.packetId, returnCodes: packet.subscriptions.map(({ qos }) => qos) })];
  if (packet.type === PacketType.PINGREQ) return [pingresp()];
  return packet.type === PacketType.PUBLISH && packet.qos === 1 ? [puback(packet.packetId)] : [];
}
