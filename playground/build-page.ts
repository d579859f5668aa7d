// Fill in a packet and watch its bytes; then break it, and read which statement forbids that.
import { decode, encode, type Packet, PacketType, ProtocolError } from '../src/codec/codec.ts';
import { explain } from '../src/explain/explain.ts';
import { nameOfType } from '../src/explain/name.ts';
import { Packets } from '../src/explain/packets.ts';
import { type Anatomy, breakagesOf } from './breakage.ts';
import { ByteView } from './byte-view.ts';
import type { Control } from './control.ts';
import { button, h, labelled, select } from './dom.ts';
import { summaryOf } from './explain-page.ts';
import { hex, parseHex } from './hex.ts';
import { verdict } from './inspector.ts';
import { packetForm } from './packet-form.ts';
import type { Changed, Page } from './page.ts';
import { packets } from './samples.ts';
import { MOST_SHARED_BYTES, shareEdit, withoutSecrets } from './share.ts';

export class BuildPage implements Page {
  readonly name = 'build';
  readonly title = 'Build';
  readonly element: HTMLElement;
  private readonly changed: Changed;
  private readonly picker = select(packets.map(({ type }) => [`${type}`, nameOfType(type)] as const));
  private readonly formPlace = h('div', { class: 'form', oninput: () => this.readForm() });
  private readonly status = h('div', { class: 'status in-view', role: 'status' });
  private readonly view = new ByteView({ label: 'Bytes of the packet', onFlip: (bytes) => this.edit(bytes) });
  private readonly breakingPlace = h('div', { class: 'breaking' });
  private form!: Control<Packet>;
  private packet!: Packet; // the last legal one
  private bytes: Uint8Array = new Uint8Array(); // its own, or broken ones
  private isBroken = false;

  constructor(changed: Changed) {
    this.changed = changed;
    this.picker.addEventListener('change', () => this.open(packets[Number(this.picker.value) - 1]!));
    this.element = h(
      'section',
      { class: 'page' },
      h('h1', {}, 'Build and break'),
      h(
        'p',
        { class: 'lead' },
        'Fill in a packet and watch its bytes. Then break it, and read which statement forbids that.',
      ),
      h(
        'div',
        { class: 'columns' },
        h('div', { class: 'side' }, labelled('Packet', this.picker), this.formPlace),
        h('div', {}, this.breakingPlace, this.view.element),
      ),
      this.status,
    );
    this.open(packets[PacketType.PUBLISH - 1]!);
  }

  load(params: URLSearchParams): void {
    const packet = params.get('packet');
    if (packet === null) return;
    this.open(decode(parseHex(packet)));
    const broken = params.get('broken');
    if (broken !== null) this.edit(parseHex(broken));
  }

  share(): Record<string, string> {
    const legal = encode(this.packet);
    if (Math.max(legal.length, this.bytes.length) > MOST_SHARED_BYTES) return {};
    const shared = withoutSecrets(legal);
    const packet = digits(shared);
    return this.isBroken ? { packet, broken: digits(this.sharedBroken(legal, shared)) } : { packet };
  }

  // a password at its place, or what is behind the place where bytes were put in or left out
  private sharedBroken(legal: Uint8Array, shared: Uint8Array): Uint8Array {
    if (this.bytes.length === legal.length) return shareEdit(legal, this.bytes, shared);
    return legal.some((byte, i) => byte !== shared[i]) ? withoutSecrets(this.bytes) : this.bytes;
  }

  private open(packet: Packet): void {
    this.picker.value = `${packet.type}`;
    this.fill(packet);
    this.show(encode(packet), true);
  }

  /** Makes the form again. */
  private fill(packet: Packet): void {
    this.packet = packet;
    this.form = packetForm(packet);
    this.formPlace.replaceChildren(this.form.element);
  }

  private readForm(): void {
    try {
      const packet = this.form.read();
      const bytes = encode(packet);
      this.packet = packet;
      this.show(bytes);
    } catch (error) {
      this.refuse(error as Error);
    }
  }

  private refuse(error: Error): void {
    this.view.isStale = true;
    const says = h('p', { class: 'refusal' }, h('strong', {}, 'Not encoded'), ` ${error.message}`);
    if (!(error instanceof ProtocolError)) return this.status.replaceChildren(says);
    this.status.replaceChildren(says, verdict({ section: error.clause }));
  }

  /** Takes over changed bytes: as the packet that they are, or as a broken one. */
  private edit(bytes: Uint8Array, isOther = false): void {
    try {
      this.fill(decode(bytes));
      this.picker.value = `${this.packet.type}`;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
    this.show(bytes, isOther);
  }

  /** @param isOther whether the selection begins again, at the field that breaks */
  private show(bytes: Uint8Array, isOther = false): void {
    this.bytes = bytes;
    const packets = new Packets(bytes);
    if (isOther) this.view.open(packets);
    else this.view.show(packets);
    this.isBroken = packets.broken !== undefined;
    this.status.replaceChildren(...summaryOf(packets, (offset) => this.view.select(offset)));
    const legal = encode(this.packet);
    this.offer(this.breaking({ bytes: legal, annotations: explain(legal) }));
    this.changed();
  }

  /** Puts new buttons in the place of the old ones; the focus stays on the one of the same name. */
  private offer(elements: HTMLElement[]): void {
    const focused = document.activeElement;
    const hadFocus = this.breakingPlace.contains(focused);
    this.breakingPlace.replaceChildren(...elements);
    if (!hadFocus) return;
    const buttons = [...this.breakingPlace.querySelectorAll<HTMLElement>('button:enabled')];
    (buttons.find(({ textContent }) => textContent === focused!.textContent) ?? buttons[0])?.focus();
  }

  private breaking(packet: Anatomy): HTMLElement[] {
    const choices = breakagesOf(packet).map(({ name, bytes }) =>
      button(name, () => this.edit(bytes, true), { 'aria-pressed': hex(bytes) === hex(this.bytes) ? 'true' : 'false' }),
    );
    const restore = button('Mend it', () => this.show(packet.bytes), { class: 'primary', disabled: !this.isBroken });
    return [h('h2', {}, 'Break it'), h('div', { class: 'choices' }, restore, ...choices)];
  }
}

function digits(bytes: Uint8Array): string {
  return hex(bytes).replaceAll(' ', '');
}
