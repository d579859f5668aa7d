// A sequence diagram that grows: the client on the left, the broker on the right, time from top to bottom.
import { detailsOf } from '../src/explain/name.ts';
import { h } from './dom.ts';
import { isPassage, type Occurrence, type Passage } from './trace.ts';
import { nameOf, seconds } from './words.ts';

/** Older ones go. */
const MOST_ROWS = 300;

/** A silence of this many milliseconds gets its own row. */
const SILENCE = 1_000;

export class Sequence {
  readonly element: HTMLElement;
  private readonly rows = h('ol', { tabindex: '0', 'aria-label': 'Packets in the order they passed' });
  private readonly select: (passage: Passage) => void;
  private start: number | undefined; // when the first row happened
  private last = 0;

  /** @param state of the connection, between its ends; @param select is called with the packet that somebody wants to look into */
  constructor(state: HTMLElement, select: (passage: Passage) => void) {
    this.select = select;
    this.element = h(
      'div',
      { class: 'sequence' },
      h('div', { class: 'ends' }, h('span', {}, 'client'), state, h('span', {}, 'broker')),
      this.rows,
    );
  }

  add(occurrence: Occurrence): void {
    const { at } = occurrence;
    this.start ??= at;
    const isAtEnd = this.rows.scrollHeight - this.rows.scrollTop - this.rows.clientHeight < 40;
    if (this.rows.childElementCount > 0 && at - this.last >= SILENCE) this.rows.append(silence(at - this.last));
    this.last = at;
    const time = h('time', {}, seconds(at - this.start, 3));
    this.rows.append(isPassage(occurrence) ? this.arrow(occurrence, time) : note(occurrence.note, time));
    while (this.rows.childElementCount > MOST_ROWS) this.rows.firstElementChild!.remove();
    if (isAtEnd) this.rows.scrollTop = this.rows.scrollHeight;
  }

  clear(): void {
    this.start = undefined;
    this.rows.replaceChildren();
  }

  private arrow(passage: Passage, time: HTMLElement): HTMLElement {
    const { direction, packet } = passage;
    const open = () => {
      for (const other of this.rows.querySelectorAll('[aria-pressed=true]'))
        other.setAttribute('aria-pressed', 'false');
      arrow.setAttribute('aria-pressed', 'true');
      this.select(passage);
    };
    const details = packet === undefined ? '' : detailsOf(packet);
    const arrow = h(
      'button',
      { type: 'button', class: `arrow ${direction}`, 'aria-pressed': 'false', onclick: open },
      h('span', { class: 'unseen' }, `${direction} `),
      h('span', { class: 'what' }, h('b', {}, nameOf(packet)), ' ', h('span', { class: 'details' }, details)),
    );
    return h('li', {}, time, arrow);
  }
}

function note(text: string, time: HTMLElement): HTMLElement {
  return h('li', { class: 'note' }, time, h('span', { class: 'lifelines' }, text));
}

/** The longer it was, the higher: its height grows by a third of a line with each doubling. */
function silence(milliseconds: number): HTMLElement {
  const height = 1 + Math.log2(milliseconds / SILENCE) / 3;
  return h(
    'li',
    { class: 'silence', style: `--height: ${height.toFixed(2)}` },
    h('span', { class: 'lifelines' }, `${seconds(milliseconds)} of silence`),
  );
}
