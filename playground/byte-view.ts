// The bytes of packets, coloured by field; a list of the fields; and the bits of the one that is looked at.
import { type Annotation, explain } from '../src/explain/explain.ts';
import { h } from './dom.ts';
import { beginsPacket, kindOf, nameOfType } from './field.ts';
import { bytesOf, hex } from './hex.ts';
import { inspect } from './inspector.ts';

/** More fields than anybody looks at, and more bytes of one. */
const MOST_FIELDS = 400;
const MOST_BYTES = 96;

export interface ByteViewOptions {
  /** What the bytes are, for who cannot see them. */
  readonly label: string;
  /** Called with the bytes as they are after a bit was flipped. Without it bits are to be read only. */
  readonly onFlip?: ((bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
}

export class ByteView {
  readonly element: HTMLElement;
  private readonly options: ByteViewOptions;
  private readonly chips: HTMLElement;
  private readonly rows = h('ol', { class: 'fields' });
  private readonly inspector = h('section', { class: 'inspector', 'aria-label': 'The field' });
  private bytes: Uint8Array = new Uint8Array();
  private annotations: readonly Annotation[] = [];
  private selected = 0;

  constructor(options: ByteViewOptions) {
    this.options = options;
    this.chips = h('div', {
      class: 'bytes',
      role: 'listbox',
      'aria-label': options.label,
      onkeydown: (event: KeyboardEvent) => this.move(event),
      onmouseleave: () => this.preview(this.selected),
    });
    this.rows.addEventListener('mouseleave', () => this.preview(this.selected));
    this.element = h(
      'div',
      { class: 'byte-view' },
      this.chips,
      h('div', { class: 'explained' }, this.inspector, this.rows),
    );
  }

  /** Shows these bytes, and says what they are. The field that was selected stays so. */
  show(bytes: Uint8Array): readonly Annotation[] {
    const hadFocus = this.chips.contains(document.activeElement);
    this.bytes = bytes;
    this.annotations = explain(bytes);
    const shown = this.annotations.slice(0, MOST_FIELDS);
    this.chips.replaceChildren(...this.groups(shown));
    this.rows.replaceChildren(...shown.map((annotation, i) => this.row(annotation, i)));
    if (shown.length < this.annotations.length)
      this.rows.append(h('li', { class: 'more' }, `and ${this.annotations.length - shown.length} fields more`));
    this.element.hidden = shown.length === 0;
    this.select(Math.min(this.selected, shown.length - 1));
    if (hadFocus) this.chipAt(this.selected)?.focus();
    return this.annotations;
  }

  select(index: number): void {
    this.selected = Math.max(index, 0);
    this.preview(this.selected);
    this.chips.querySelectorAll('[role=option]').forEach((chip, i) => {
      chip.setAttribute('aria-selected', `${i === this.selected}`);
      chip.setAttribute('tabindex', i === this.selected ? '0' : '-1');
    });
  }

  // looked at with the mouse, without being chosen
  private preview(index: number): void {
    const annotation = this.annotations[index];
    if (annotation === undefined) return;
    for (const list of [this.chips.querySelectorAll('[role=option]'), this.rows.children])
      for (const [i, element] of Array.from(list).entries()) element.classList.toggle('current', i === index);
    const focused = (document.activeElement as HTMLElement | null)?.dataset['bit'];
    const { onFlip } = this.options;
    const flip = onFlip && ((offset: number, bit: number) => onFlip(this.flipped(offset, bit)));
    this.inspector.replaceChildren(...inspect(this.bytes, annotation, flip));
    if (focused !== undefined) this.inspector.querySelector<HTMLElement>(`[data-bit="${focused}"]`)?.focus();
  }

  private flipped(offset: number, bit: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.bytes);
    bytes[offset]! ^= 1 << bit;
    return bytes;
  }

  /** A line for each packet: one without a heading, if it is the only one. */
  private groups(annotations: readonly Annotation[]): HTMLElement[] {
    const groups: HTMLElement[] = [];
    annotations.forEach((annotation, i) => {
      if (beginsPacket(annotation) || i === 0) groups.push(this.group(this.bytes[annotation.start]! >> 4));
      groups.at(-1)!.append(this.chip(annotation, i), ' '); // a line may break there
    });
    return groups;
  }

  private group(type: number): HTMLElement {
    return h('div', { class: 'packet', role: 'group', 'aria-label': nameOfType(type) });
  }

  private chip(annotation: Annotation, i: number): HTMLElement {
    const { start, end, field, value } = annotation;
    const digits = hex(this.bytes.subarray(start, Math.min(end, start + MOST_BYTES)));
    const shown = end - start > MOST_BYTES ? `${digits} … ${bytesOf(end - start)}` : digits;
    return h(
      'span',
      {
        role: 'option',
        class: `chip ${kindOf(annotation)}`,
        'aria-label': `${field}: ${value}. ${shown}`,
        onclick: () => this.select(i),
        onfocus: () => this.select(i),
        onmouseenter: () => this.preview(i),
      },
      shown,
    );
  }

  private row(annotation: Annotation, i: number): HTMLElement {
    const { start, field, value } = annotation;
    return h(
      'li',
      {
        class: `${kindOf(annotation)}${beginsPacket(annotation) && i > 0 ? ' next-packet' : ''}`,
        onmouseenter: () => this.preview(i),
        onclick: () => this.select(i),
      },
      h('span', { class: 'offset' }, `${start}`),
      h('span', { class: 'field' }, field),
      h('span', { class: 'value' }, value),
    );
  }

  private move(event: KeyboardEvent): void {
    const last = this.chips.querySelectorAll('[role=option]').length - 1;
    const targets: Record<string, number> = {
      ArrowRight: this.selected + 1,
      ArrowDown: this.selected + 1,
      ArrowLeft: this.selected - 1,
      ArrowUp: this.selected - 1,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.chipAt(Math.min(Math.max(target, 0), last))?.focus();
  }

  private chipAt(index: number): HTMLElement | undefined {
    return this.chips.querySelectorAll<HTMLElement>('[role=option]')[index];
  }
}
