// A packet on the wire: to be dragged, to be used with the keyboard, and to be looked at.

import { PacketType } from '../../src/codec/codec.ts';
import { detailsOf } from '../../src/explain/name.ts';
import { h } from '../dom.ts';
import { nameOf, payloadOf } from '../words.ts';
import { isHeld, type Parcel } from './wire.ts';

export type Action = 'deliver' | 'delay' | 'drop';

/** What a packet asks its page to do. */
export interface ParcelEvents {
  act(action: Action, parcel: Parcel): void;
  open(parcel: Parcel): void;
}

/** Pixels that a finger may tremble, and those behind which a packet falls off the wire. */
const TREMBLE = 6;
const OFF_THE_WIRE = 44;

/** Of the wire's width: how far a packet is dragged to reach an end. */
const TO_AN_END = 0.2;

const KEYS: Readonly<Record<string, Action>> = { Enter: 'deliver', Delete: 'drop', Backspace: 'drop', d: 'delay' };

export class ParcelView {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly parcel: Parcel;
  private readonly events: ParcelEvents;
  private start: { readonly x: number; readonly y: number } | undefined; // of a drag
  private isDragged = false;

  constructor(parcel: Parcel, events: ParcelEvents) {
    const { direction } = parcel;
    this.parcel = parcel;
    this.events = events;
    this.button = h(
      'button',
      {
        type: 'button',
        class: `parcel ${direction}`,
        'aria-pressed': 'false',
        'aria-keyshortcuts': 'Enter Delete D',
        onclick: () => this.click(),
        onkeydown: (event: KeyboardEvent) => this.press(event),
        onpointerdown: (event: PointerEvent) => this.grasp(event),
        onpointermove: (event: PointerEvent) => this.drag(event),
        onpointerup: (event: PointerEvent) => this.letGo(event),
        onpointercancel: () => this.rest(),
      },
      h('b', {}, titleOf(parcel)),
      h('span', { class: 'details' }, summaryOf(parcel)),
    );
    this.element = h('li', {}, this.button);
  }

  /** @param now the time of the world */
  draw(now: number, isOpen: boolean): void {
    const { parcel, button } = this;
    const { sentAt, due } = parcel;
    const at = isHeld(parcel) ? 0.5 : Math.min(Math.max((now - sentAt) / (due - sentAt || 1), 0), 1);
    this.element.style.setProperty('--at', at.toFixed(3));
    button.classList.toggle('moving', !isHeld(parcel));
    button.setAttribute('aria-pressed', `${isOpen}`);
  }

  private press(event: KeyboardEvent): void {
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
    if (action === undefined) return;
    event.preventDefault();
    if (!event.repeat) this.events.act(action, this.parcel);
  }

  private click(): void {
    if (!this.isDragged) this.events.open(this.parcel);
    this.isDragged = false;
  }

  private grasp({ button, clientX, clientY, pointerId }: PointerEvent): void {
    this.isDragged = false;
    if (button !== 0) return;
    this.start = { x: clientX, y: clientY };
    this.button.setPointerCapture(pointerId);
  }

  private drag(event: PointerEvent): void {
    if (this.start === undefined) return;
    const x = event.clientX - this.start.x;
    const y = event.clientY - this.start.y;
    this.isDragged ||= Math.hypot(x, y) > TREMBLE;
    if (!this.isDragged) return;
    this.button.style.translate = `${x}px ${y}px`;
    this.button.dataset['drag'] = this.actionAt(event) ?? '';
  }

  private letGo(event: PointerEvent): void {
    const action = this.isDragged ? this.actionAt(event) : undefined;
    this.rest();
    if (action !== undefined) this.events.act(action, this.parcel);
  }

  private rest(): void {
    this.start = undefined;
    this.button.style.translate = '';
    delete this.button.dataset['drag'];
  }

  /** What happens if it is let go here: to the other end, back to its own, or off the wire. */
  private actionAt({ clientX, clientY }: PointerEvent): Action | undefined {
    if (this.start === undefined) return undefined;
    const right = (clientX - this.start.x) / this.element.parentElement!.clientWidth;
    const ahead = this.parcel.direction === 'up' ? right : -right;
    if (Math.abs(clientY - this.start.y) > OFF_THE_WIRE) return 'drop';
    if (ahead > TO_AN_END) return 'deliver';
    return ahead < -TO_AN_END ? 'delay' : undefined;
  }
}

export function titleOf({ packet, isEnd }: Parcel): string {
  return isEnd ? 'end' : nameOf(packet);
}

/** What tells it from others, as short as a wire on a phone is. */
export function summaryOf({ packet, isEnd }: Parcel): string {
  if (isEnd) return 'of the connection';
  if (packet === undefined) return '';
  if (packet.type === PacketType.CONNECT) return packet.cleanSession ? 'clean session' : 'kept session';
  if (packet.type !== PacketType.PUBLISH) return detailsOf(packet);
  const { qos, packetId, dup, retain, payload } = packet;
  const flags = [`QoS ${qos}`, packetId > 0 && `id ${packetId}`, dup && 'DUP', retain && 'RETAIN'];
  return `${payloadOf(payload)}, ${flags.filter(Boolean).join(', ')}`;
}
