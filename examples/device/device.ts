// A whole device from parts, for a runtime that has nothing but a WebSocket, a clock and a timer.
import { sign } from 'mqtt311/aliyun';
import { connect, Decoder, encode, type Packet, PacketType, pingreq, puback, publish, subscribe } from 'mqtt311/codec';
import { createKeepAlive } from 'mqtt311/keep-alive';
import type { DeviceOptions, Runtime } from './runtime.ts';

const KEEP_ALIVE = 60; // seconds
const MAX_WAITING = 100;
const [CONNECT_TIMEOUT, FIRST_DELAY, LAST_DELAY] = [10_000, 1_000, 64_000]; // milliseconds

/**
 * Connects, and again whenever the connection ends. Returns `publish`, which sends with QoS 1, one message at a time, and
 * returns false while 100 messages wait.
 */
export function startDevice(
  options: DeviceOptions,
  runtime: Runtime,
  deliver: (topic: string, payload: Uint8Array) => void,
) {
  const secure = options.url.startsWith('wss');
  const { clientId, username, password } = sign({ ...options, clientId: options.deviceName, secure });
  const secret = new Uint8Array(password.split('').map((digit) => digit.charCodeAt(0)));
  const subscriptions = options.topicFilters.map((topicFilter) => ({ topicFilter, qos: 1 as const }));
  const waiting: ReturnType<typeof publish>[] = []; // the first is on its way while there is a connection
  let send: ((packet: Packet) => void) | undefined; // once the broker has accepted the connection
  let lastId = 0;
  let delay = FIRST_DELAY;

  function sendFirst(): void {
    const [first] = waiting;
    if (!first || !send) return;
    waiting[0] = { ...first, dup: true }; // if the connection ends before its PUBACK, it is sent again as this
    send(first);
  }

  function open(): void {
    const keepAlive = createKeepAlive(KEEP_ALIVE, runtime.now());
    const decoder = new Decoder({ maxPacketSize: 4_096 });
    let isOver = false;

    const write = (packet: Packet) => {
      if (isOver) return;
      keepAlive.sent(runtime.now());
      socket.send(encode(packet));
    };
    const end = (reason: string) => {
      if (isOver) return;
      runtime.log(reason);
      isOver = true;
      send = undefined;
      socket.close();
      runtime.after(delay * (0.5 + Math.random() / 2), open);
      delay = Math.min(2 * delay, LAST_DELAY);
    };
    const take = (packet: Packet) => {
      if (packet.type === PacketType.CONNACK) {
        if (packet.returnCode !== 0) return end(`CONNACK ${packet.returnCode}`);
        send = write;
        delay = FIRST_DELAY;
        watch();
        write(subscribe({ packetId: 65_535, subscriptions }));
        sendFirst();
      } else if (packet.type === PacketType.SUBACK) {
        if (packet.returnCodes.indexOf(0x80) >= 0) runtime.log(`SUBACK ${packet.returnCodes}`);
      } else if (packet.type === PacketType.PUBACK && packet.packetId === waiting[0]?.packetId) {
        waiting.shift();
        sendFirst();
      } else if (packet.type === PacketType.PUBLISH) {
        deliver(packet.topic, packet.payload);
        if (packet.qos === 1) write(puback(packet.packetId));
      }
    };
    const watch = () => {
      const now = runtime.now();
      const verdict = keepAlive.poll(now);
      if (verdict === 'dead') end('no answer');
      if (verdict === 'ping') write(pingreq());
      if (!isOver) runtime.after(keepAlive.deadline - now, watch);
    };

    const socket = runtime.open(options.url, {
      opened: () => write(connect({ clientId, username, password: secret, keepAlive: KEEP_ALIVE })),
      received(bytes) {
        keepAlive.received(runtime.now());
        try {
          decoder.push(bytes);
          for (let packet = decoder.read(); packet && !isOver; packet = decoder.read()) take(packet);
        } catch (error) {
          end(`${error}`); // the broker broke a rule
        }
      },
      closed: () => end('closed'),
    });
    runtime.after(CONNECT_TIMEOUT, () => send ?? end('no CONNACK'));
  }

  open();
  return (topic: string, payload: Uint8Array): boolean => {
    if (waiting.length === MAX_WAITING) return false;
    lastId = (lastId % 65_534) + 1;
    waiting.push(publish({ topic, payload, qos: 1, packetId: lastId }));
    if (waiting.length === 1) sendFirst();
    return true;
  };
}
