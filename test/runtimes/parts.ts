// A day of examples/device, with a broker that says what a script says, and time that passes when it is told to.
import { startDevice } from '../../examples/device/device.ts';
import type { SocketEvents } from '../../examples/device/runtime.ts';

const OPTIONS = {
  url: 'wss://gate.example',
  productKey: 'pk',
  deviceName: 'lamp',
  deviceSecret: 'secret',
  topicFilters: ['/pk/lamp/get'],
};
const CONNACK = [0x20, 2, 0, 0];
const SUBACK = [0x90, 3, 0xff, 0xff, 1];
const PINGRESP = [0xd0, 0];
const TOPIC = [0x0c, 0x2f, 0x70, 0x6b, 0x2f, 0x6c, 0x61, 0x6d, 0x70, 0x2f, 0x67, 0x65, 0x74]; // its length, /pk/lamp/get

/** Plays the day, and returns what happened. Throws when the device does not do what it has to. */
export function run(messages: number, sample: () => void = () => {}): string {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  let events: SocketEvents;
  let isOpen = false;
  let opened = 0;
  let delivered = 0;
  let sent: Uint8Array[] = [];

  /** Takes what the device has sent since the last time: the first bytes of its packets. */
  const expectSent = (...firstBytes: number[]) => {
    const found = sent.map((packet) => packet[0]).join();
    if (found !== firstBytes.join()) throw new Error(`sent ${found} and not ${firstBytes.join()}`);
    const packets = sent;
    sent = [];
    return packets;
  };
  const receive = (...bytes: number[]) => events.received(new Uint8Array(bytes));
  const pass = (seconds: number) => {
    for (const end = now + 1000 * seconds; now < end; now += 100) {
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const timer of due) timer.run();
    }
  };
  const signIn = (...alsoSent: number[]) => {
    events.opened();
    expectSent(0x10);
    receive(CONNACK[0]!);
    receive(...CONNACK.slice(1));
    const packets = expectSent(0x82, ...alsoSent);
    receive(...SUBACK);
    return packets;
  };
  const acknowledge = (packet: Uint8Array) => {
    const at = 4 + packet[3]!; // behind the topic
    receive(0x40, 2, packet[at]!, packet[at + 1]!);
  };

  const publish = startDevice(
    OPTIONS,
    {
      open(_url, given) {
        events = given;
        isOpen = true;
        opened += 1;
        return {
          send: (bytes) => void sent.push(bytes),
          close: () => {
            isOpen = false;
          },
        };
      },
      now: () => now,
      after: (delay, run) => void timers.push({ at: now + delay, run }),
      log: () => {},
    },
    () => {
      delivered += 1;
    },
  );
  signIn();
  const payload = new Uint8Array(64);
  for (let i = 0; i < messages; i++) {
    publish('/pk/lamp/update', payload);
    acknowledge(expectSent(0x32)[0]!);
    sample();
  }
  for (let i = 1; i <= messages; i++) {
    receive(0x32, 17, 0, ...TOPIC, i >> 8, i & 255, 0x37);
    expectSent(0x40);
    sample();
  }
  pass(51); // idle: it asks whether the broker is there
  expectSent(0xc0);
  receive(...PINGRESP);

  publish('/pk/lamp/update', payload);
  expectSent(0x32);
  events!.closed(); // before the PUBACK
  pass(2);
  acknowledge(signIn(0x3a)[1]!); // again, with DUP

  pass(60.2); // asks, and gets no answer for 10 s
  expectSent(0xc0);
  if (isOpen) throw new Error('the connection is dead, and still open');
  pass(2);
  signIn();
  return `${opened} connections, ${messages} acknowledged, ${delivered} delivered`;
}
