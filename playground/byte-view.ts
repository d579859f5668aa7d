// The bytes of packets, coloured by field; a list of the fields; and the bits of the one that is looked at. Of many
// packets only those around the selected one are drawn.
import type { Annotation } from '../src/explain/explain.ts';
import { kindOf } from '../src/explain/kind.ts';
import { nameOfPart } from '../src/explain/name.ts';
import { Packets, type Part } from '../src/explain/packets.ts';
import { visible } from '../src/explain/visible.ts';
import { h } from './dom.ts';
import { ascii, bytesOf, hex } from './hex.ts';
import { inspect } from './inspector.ts';
import { PacketList } from './packet-list.ts';

/** Fields that are drawn, unless one packet has more; those of one packet, and bytes of one field. */
const ENOUGH_FIELDS = 40;
const MOST_FIELDS = 400;
const MOST_BYTES = 96;

export interface ByteViewOptions {
  /** What the bytes are, for a reader who cannot see them. */
  readonly label: string;
  /** Called with the bytes as they are after a bit was flipped. Without it bits are to be read only. */
  readonly onFlip?: ((bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
}

/** A field, and the packet that it belongs to. */
interface Shown {
  readonly part: Part;
  readonly annotation: Annotation;
}

export class ByteView {
  readonly element: HTMLElement;
  private readonly options: ByteViewOptions;
  private readonly chips: HTMLElement;
  private readonly rows = h('ol', { class: 'fields' });
  private readonly inspector = h('section', { class: 'inspector', 'aria-label': 'The field' });
  private readonly list = new PacketList((offset) => this.select(offset));
  private packets = new Packets(new Uint8Array());
  private window: readonly [first: number, behind: number] = [0, 0]; // the parts that are drawn
  private shown: readonly Shown[] = [];
  private selected = 0; // an offset

  constructor(options: ByteViewOptions) {
    this.options = options;
    this.chips = h('div', {
      class: 'bytes',
      role: 'listbox',
      'aria-label': options.label,
      onkeydown: (event: KeyboardEvent) => this.move(event),
      onmouseleave: () => this.preview(this.current),
    });
    this.rows.addEventListener('mouseleave', () => this.preview(this.current));
    this.element = h(
      'div',
      { class: 'byte-view' },
      this.list.element,
      this.chips,
      h('div', { class: 'explained' }, this.inspector, this.rows),
    );
  }

  /** Shows other packets from their beginning, or from their first broken field. */
  open(packets: Packets): void {
    const broken = packets.parts.find(({ error }) => error !== undefined);
    const field = broken && packets.explain(broken).find(({ error }) => error !== undefined);
    this.window = [0, 0];
    this.selected = field?.start ?? 0;
    this.show(packets);
  }

  /** Shows packets. The offset that was selected stays so. */
  show(packets: Packets): void {
    const hadFocus = this.chips.contains(document.activeElement);
    this.packets = packets;
    this.isStale = false;
    this.element.hidden = packets.bytes.length === 0;
    this.selected = Math.min(this.selected, Math.max(packets.bytes.length - 1, 0));
    const [first, behind] = this.window;
    const part = packets.indexOf(this.selected);
    this.draw(part >= first && part < behind ? first : part);
    this.list.element.hidden = this.window[1] - this.window[0] === packets.parts.length;
    this.list.show(packets, part);
    if (hadFocus) this.chipAt(this.current)?.focus();
  }

  /** Whether what is shown is older than what somebody is writing. */
  set isStale(isStale: boolean) {
    this.element.classList.toggle('stale', isStale);
  }

  /** The field that has the byte at this offset. */
  select(offset: number): void {
    this.selected = offset;
    const part = this.packets.indexOf(offset);
    const isDrawn = offset >= this.shown[0]!.annotation.start && offset < this.shown.at(-1)!.annotation.end;
    if (isDrawn) this.mark();
    else this.draw(part);
    this.list.mark(part);
  }

  private get current(): number {
    const index = this.shown.findIndex(({ annotation: { end } }) => end > this.selected);
    return index === -1 ? this.shown.length - 1 : index;
  }

  /** Draws the packets from `first` on that fill the window; before the last one, if they do not. */
  private draw(first: number): void {
    const { parts } = this.packets;
    const shown: Shown[] = [];
    const add = (part: Part) => this.drawnOf(part).map((annotation) => ({ part, annotation }));
    let behind = first;
    while (behind < parts.length && shown.length < ENOUGH_FIELDS) shown.push(...add(parts[behind++]!));
    while (first > 0 && shown.length < ENOUGH_FIELDS) shown.unshift(...add(parts[--first]!));
    this.window = [first, behind];
    this.shown = shown;
    this.chips.replaceChildren(...this.groups());
    this.rows.replaceChildren(...shown.map((each, i) => this.row(each, i)));
    const all = parts.slice(first, behind).reduce((count, part) => count + this.packets.fieldsOf(part).length, 0);
    const hidden = (all - shown.length).toLocaleString('en');
    if (all > shown.length) this.rows.append(h('li', { class: 'more' }, `and ${hidden} fields more`));
    this.mark();
  }

  /** Of a packet with very many fields those around the selected one. */
  private drawnOf(part: Part): Annotation[] {
    const fields = this.packets.fieldsOf(part);
    const at = fields.findIndex(({ end }) => part.start + end > this.selected);
    const first = Math.max(0, Math.min(at - MOST_FIELDS / 2, fields.length - MOST_FIELDS));
    return fields
      .slice(first, first + MOST_FIELDS)
      .map((each) => ({ ...each, start: part.start + each.start, end: part.start + each.end }));
  }

  private mark(): void {
    const { current } = this;
    this.preview(current);
    this.chips.querySelectorAll('[role=option]').forEach((chip, i) => {
      chip.setAttribute('aria-selected', `${i === current}`);
      chip.setAttribute('tabindex', i === current ? '0' : '-1');
    });
  }

  // looked at with the mouse, without being chosen
  private preview(index: number): void {
    const annotation = this.shown[index]?.annotation;
    if (annotation === undefined) return;
    for (const list of [this.chips.querySelectorAll('[role=option]'), this.rows.children])
      for (const [i, element] of Array.from(list).entries()) element.classList.toggle('current', i === index);
    const focused = (document.activeElement as HTMLElement | null)?.dataset['bit'];
    const { onFlip } = this.options;
    const flip = onFlip && ((offset: number, bit: number) => onFlip(this.flipped(offset, bit)));
    this.inspector.replaceChildren(...inspect(this.packets.bytes, annotation, flip));
    if (focused !== undefined) this.inspector.querySelector<HTMLElement>(`[data-bit="${focused}"]`)?.focus();
  }

  private flipped(offset: number, bit: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.packets.bytes);
    bytes[offset]! ^= 1 << bit;
    this.selected = offset;
    return bytes;
  }

  /** A line for each packet: one without a heading, if it is the only one. */
  private groups(): HTMLElement[] {
    const groups: HTMLElement[] = [];
    this.shown.forEach((each, i) => {
      if (this.isFirstOfPart(i)) groups.push(this.group(each.part));
      groups.at(-1)!.append(this.chip(each, i), ' '); // a line may break there
    });
    return groups;
  }

  private isFirstOfPart(i: number): boolean {
    return this.shown[i]!.part !== this.shown[i - 1]?.part;
  }

  private group(part: Part): HTMLElement {
    const name = nameOf(this.packets, part);
    const heading = this.packets.parts.length > 1 ? { 'data-name': name } : {};
    return h('div', { class: 'packet', role: 'group', 'aria-label': name, ...heading });
  }

  private chip({ annotation }: Shown, i: number): HTMLElement {
    const { start, end, field, value } = annotation;
    const digits = hex(this.packets.bytes.subarray(start, Math.min(end, start + MOST_BYTES)));
    const shown = end - start > MOST_BYTES ? `${digits} … ${bytesOf(end - start)}` : digits;
    return h(
      'span',
      {
        role: 'option',
        class: `chip ${kindOf(annotation)}`,
        'aria-label': `${field}: ${value}. ${shown}`,
        onclick: () => this.select(start),
        onfocus: () => this.select(start),
        onmouseenter: () => this.preview(i),
      },
      shown,
    );
  }

  private row({ annotation }: Shown, i: number): HTMLElement {
    const { start, end, field, value } = annotation;
    return h(
      'li',
      {
        class: `${kindOf(annotation)}${this.isFirstOfPart(i) && i > 0 ? ' next-packet' : ''}`,
        onmouseenter: () => this.preview(i),
        onclick: () => this.select(start),
      },
      h('span', { class: 'offset' }, `${start}`),
      h('span', { class: 'field' }, field),
      h('span', { class: 'value' }, value),
      h('span', { class: 'ascii', 'aria-hidden': 'true' }, ascii(this.packets.bytes.subarray(start, end))),
    );
  }

  private move(event: KeyboardEvent): void {
    const { start, end } = this.shown[this.current]!.annotation;
    const last = this.packets.bytes.length - 1;
    const targets: Record<string, number> = {
      ArrowRight: end,
      ArrowDown: end,
      ArrowLeft: start - 1,
      ArrowUp: start - 1,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.select(Math.min(Math.max(target, 0), last));
    this.chipAt(this.current)?.focus();
  }

  private chipAt(index: number): HTMLElement | undefined {
    return this.chips.querySelectorAll<HTMLElement>('[role=option]')[index];
  }
}

/** What a packet is; in a capture also where it went. */
export function nameOf(packets: Packets, part: Part): string {
  const name = visible(nameOfPart(packets.bytes, part));
  if (part.origin === undefined) return name;
  const arrow = part.origin.direction === 'sent' ? '→' : '←';
  return packets.hasConnections ? `${part.origin.connection} ${arrow} ${name}` : `${arrow} ${name}`;
}
