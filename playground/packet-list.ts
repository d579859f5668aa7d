// All packets, one a line. Only the lines that can be seen are drawn.
import type { Packets } from '../src/explain/packets.ts';
import { nameOf } from './byte-view.ts';
import { h } from './dom.ts';

/** Pixels of a line; the style sheet has the same. */
const LINE = 28;
/** Browsers draw nothing higher than this many pixels. */
const HIGHEST = 10_000_000;

export class PacketList {
  readonly element: HTMLElement;
  private readonly lines = h('ol');
  private readonly select: (offset: number) => void;
  private packets: Packets | undefined;
  private selected = 0;

  constructor(select: (offset: number) => void) {
    this.select = select;
    this.element = h(
      'div',
      { class: 'packet-list', tabindex: '0', role: 'region', 'aria-label': 'Packets', onscroll: () => this.draw() },
      this.lines,
    );
  }

  show(packets: Packets, selected: number): void {
    this.packets = packets;
    this.lines.style.height = `${Math.min(packets.parts.length * LINE, HIGHEST)}px`;
    this.mark(selected);
  }

  mark(selected: number): void {
    this.selected = selected;
    this.scrollTo(selected);
    this.draw();
  }

  private scrollTo(line: number): void {
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    const seen = Math.floor(clientHeight / LINE);
    const lines = (this.packets?.parts.length ?? 0) - seen;
    const first = (scrollTop / Math.max(scrollHeight - clientHeight, 1)) * lines;
    if (line < first) this.element.scrollTop = (line / lines) * (scrollHeight - clientHeight);
    if (line >= first + seen) this.element.scrollTop = ((line - seen + 1) / lines) * (scrollHeight - clientHeight);
  }

  private draw(): void {
    const { packets } = this;
    if (packets === undefined || this.element.clientHeight === 0) return;
    const { parts } = packets;
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    const count = Math.ceil(clientHeight / LINE) + 1;
    const share = scrollTop / Math.max(scrollHeight - clientHeight, 1);
    const first = Math.max(Math.round(share * (parts.length - count + 1)), 0);
    const top = scrollTop - (scrollTop % LINE);
    const rows = parts.slice(first, first + count).map((part, i) =>
      h(
        'li',
        { style: `top: ${top + i * LINE}px` },
        h(
          'button',
          {
            type: 'button',
            class: part.error === undefined ? 'line' : 'line refusal',
            'aria-current': first + i === this.selected ? 'true' : undefined,
            onclick: () => this.select(part.start),
          },
          h('span', { class: 'offset' }, part.start.toLocaleString('en')),
          ` ${nameOf(packets, part)}`,
        ),
      ),
    );
    this.lines.replaceChildren(...rows);
  }
}
