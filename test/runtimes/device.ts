// A device's day, for its memory: it signs in, publishes a thousand times and receives a thousand messages, QoS 1.
import { sign } from '../../src/aliyun/aliyun.ts';
import { connack, connect, Decoder, encode, type Packet, PacketType, puback, publish } from '../../src/codec/codec.ts';
import { createSession } from '../../src/session/session.ts';

/** In bytes. */
const PAYLOAD = 64;

/** @param sample called after every message, where a heap can be looked at */
export function run(messages: number, sample: () => void = () => {}): string {
  const { clientId, username, password } = sign({
    productKey: 'pk',
    deviceName: 'device',
    deviceSecret: 'secret',
    clientId: '12345',
  });
  const decoder = new Decoder();
  const payload = new Uint8Array(PAYLOAD);
  const counts = { acknowledged: 0, delivered: 0, sent: 0 };
  const send = (packet: Packet) => {
    counts.sent += encode(packet).length;
  };
  const session = createSession({
    send,
    deliver: (_, receipt) => {
      counts.delivered += 1;
      session.accept(receipt);
    },
    restoreFailed: () => {},
  });
  const receive = (packet: Packet) => {
    decoder.push(encode(packet)); // as it would come from the broker
    for (let next = decoder.read(); next !== undefined; next = decoder.read())
      if (next.type === PacketType.CONNACK) session.connected(next.sessionPresent);
      else session.receive(next);
  };

  const secret = new Uint8Array(password.length);
  for (let i = 0; i < secret.length; i++) secret[i] = password.charCodeAt(i);
  send(connect({ clientId, username, password: secret }));
  receive(connack());
  for (let i = 1; i <= messages; i++) {
    session.publish(publish({ topic: 'devices/lamp/state', payload, qos: 1 }), () => {
      counts.acknowledged += 1;
    });
    receive(puback(i));
    sample();
  }
  for (let i = 1; i <= messages; i++) {
    receive(publish({ topic: 'devices/lamp/command', payload, qos: 1, packetId: i }));
    sample();
  }
  return `${counts.sent} bytes sent, ${counts.acknowledged} acknowledged, ${counts.delivered} delivered`;
}
