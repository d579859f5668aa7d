// Keep alive (3.1.2.10) as a timeline: when the client must have sent, and when it must have heard.
import { PacketType } from '../src/codec/codec.ts';
import { createKeepAlive, type KeepAlive } from '../src/connection/keep-alive.ts';
import { h } from './dom.ts';
import type { Passage } from './trace.ts';
import { seconds } from './words.ts';

/** How often it moves, in milliseconds. */
const PERIOD = 100;

/** Of the line, in per cent: where the present is. */
const PRESENT = 50;

/** Follows one connection, with the arithmetic that its client uses. */
export class KeepAliveView {
  readonly element: HTMLElement;
  private readonly sentLane = h('div', { class: 'lane' });
  private readonly heardLane = h('div', { class: 'lane' });
  private readonly axis = h('div', { class: 'axis' });
  private readonly says = h('p', { class: 'hint' });
  private timer: ReturnType<typeof setInterval> | undefined;
  private connectAt = 0;
  private interval = 0; // the keep alive, in milliseconds; 0: off
  private keepAlive: KeepAlive | undefined; // from the CONNACK to the end of the connection
  private pingedAt: number | undefined; // undefined: nothing is waited for
  private sent: number[] = [];
  private heard: number[] = [];

  constructor() {
    this.element = h(
      'section',
      { class: 'keep-alive', hidden: true },
      h('h2', {}, 'Keep alive'),
      h(
        'div',
        { class: 'lanes', 'aria-hidden': 'true' },
        h('span', {}, 'must have sent by'),
        this.sentLane,
        h('span', {}, 'must have heard by'),
        this.heardLane,
        this.axis,
      ),
      this.says,
    );
  }

  take({ at, direction, packet }: Passage): void {
    if (packet?.type === PacketType.CONNECT) {
      this.interval = packet.keepAlive * 1000;
      this.connectAt = at;
      this.sent = [];
      this.heard = [];
    }
    if (packet?.type === PacketType.CONNACK && packet.returnCode === 0) this.begin(at);
    if (direction === 'received') this.pingedAt = undefined;
    if (packet?.type === PacketType.PINGREQ) {
      this.pingedAt = at;
      this.keepAlive?.probe(at);
    }
    this[direction === 'sent' ? 'sent' : 'heard'].push(at);
    this.keepAlive?.[direction](at);
  }

  end(): void {
    clearInterval(this.timer);
    this.keepAlive = undefined;
    this.element.hidden = true;
  }

  private begin(now: number): void {
    this.keepAlive = createKeepAlive(this.interval / 1000, now);
    this.keepAlive.sent(this.connectAt);
    this.pingedAt = undefined;
    this.element.hidden = false;
    clearInterval(this.timer);
    this.timer = setInterval(() => this.draw(), PERIOD);
  }

  private draw(): void {
    const { keepAlive, interval } = this;
    if (keepAlive === undefined) return;
    const now = performance.now();
    if (interval === 0) {
      this.says.textContent = 'Switched off: nobody notices when the other end is gone.';
      return;
    }
    const span = 1.25 * interval; // on either side of the present
    this.sent = this.sent.filter((at, i) => now - at < span || i === this.sent.length - 1);
    this.heard = this.heard.filter((at, i) => now - at < span || i === this.heard.length - 1);
    const place = (at: number) => PRESENT + ((at - now) / span) * (100 - PRESENT);
    const lastSent = this.sent.at(-1)!;
    const mustSend = lastSent + interval; // [MQTT-3.1.2-23]
    this.axis.replaceChildren(
      ...[`${seconds(span, 0)} ago`, 'now', `in ${seconds(span, 0)}`].map((label) => h('span', {}, label)),
    );
    const ping = this.pingedAt === undefined ? [mark('ping', place(keepAlive.deadline), 'PINGREQ')] : [];
    this.sentLane.replaceChildren(
      bar('sent', place(lastSent), place(mustSend)),
      ...this.sent.map((at) => mark('sent', place(at))),
      ...ping,
      mark('deadline', place(mustSend)),
      mark('now', PRESENT),
    );
    const waiting =
      this.pingedAt === undefined
        ? []
        : [bar('heard', place(this.pingedAt), place(keepAlive.deadline)), mark('deadline', place(keepAlive.deadline))];
    this.heardLane.replaceChildren(
      ...waiting,
      ...this.heard.map((at) => mark('heard', place(at))),
      mark('now', PRESENT),
    );
    this.says.textContent = this.summary(now, mustSend, keepAlive.deadline);
  }

  private summary(now: number, mustSend: number, deadline: number): string {
    const heard = `Last sent ${seconds(now - this.sent.at(-1)!)} ago, last heard ${seconds(now - this.heard.at(-1)!)} ago.`;
    if (this.pingedAt !== undefined) return `${heard} An answer must come within ${seconds(deadline - now)}.`;
    return `${heard} PINGREQ goes in ${seconds(deadline - now)}; at the latest it must in ${seconds(mustSend - now)}.`;
  }
}

function bar(name: string, from: number, to: number): HTMLElement {
  const start = Math.max(from, 0);
  return h('i', { class: `bar ${name}`, style: `left: ${start}%; width: ${Math.max(Math.min(to, 100) - start, 0)}%` });
}

function mark(name: string, at: number, label = ''): HTMLElement | string {
  if (at < 0 || at > 100) return '';
  return h('i', { class: `mark ${name}`, style: `left: ${at}%` }, h('span', { class: 'mark-label' }, label));
}
