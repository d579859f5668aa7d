// Build your own MQTT: twelve exercises, with an editor, and with checks that run in a worker.
import { solutions, stubs, texts } from 'virtual:learn';
import { explainShown, type Reason, type Shown } from '../src/cli/learn/check.ts';
import { exercises } from '../src/cli/learn/exercises.ts';
import type { Exercise, Result } from '../src/cli/learn/run.ts';
import { button, h } from './dom.ts';
import { bytesOf, hex } from './hex.ts';
import { editor, insert } from './learn/editor.ts';
import { check } from './learn/run.ts';
import { read, write } from './learn/store.ts';
import { elementsOf } from './learn/text.ts';
import type { Changed, Page } from './page.ts';

const DONE = '.done';

export class LearnPage implements Page {
  readonly name = 'learn';
  readonly title = 'Learn';
  readonly element: HTMLElement;
  private readonly changed: Changed;
  private readonly code = new Map(exercises.map(({ name }) => [name, read(name) ?? stubs[name]!]));
  private readonly done = new Set(exercises.map(({ name }) => name).filter((name) => read(name + DONE) !== undefined));
  private readonly list = h('ol', { class: 'exercises' });
  private readonly text = h('div', { class: 'text' });
  private readonly extra = h('div', { class: 'extra' });
  private readonly area = editor(
    'Your code',
    () => this.edit(),
    () => void this.run(),
  );
  private readonly status = h('div', { class: 'status', role: 'status' });
  private current: Exercise = exercises[0]!;

  constructor(changed: Changed) {
    this.changed = changed;
    this.element = h(
      'section',
      { class: 'page learn' },
      h('h1', {}, 'Build your own MQTT'),
      h('p', { class: 'lead' }, 'Twelve functions to write, from the Remaining Length to a client that comes back.'),
      h(
        'div',
        { class: 'columns' },
        h('nav', { 'aria-label': 'Exercises' }, this.list),
        h(
          'div',
          {},
          this.text,
          this.area,
          h(
            'small',
            { id: 'editor-keys' },
            'Tab indents; Escape, then Tab leaves the editor. Ctrl+Enter runs the checks. What you write stays in this browser.',
          ),
          h(
            'div',
            { class: 'row' },
            button('Run the checks', () => void this.run(), { class: 'primary' }),
            button('Hint', () => this.show('Hint', elementsOf(hintOf(this.current)))),
            button('Solution', () => this.showSolution()),
            button('Start again', () => this.replace(stubs[this.current.name]!)),
          ),
          this.extra,
          this.status,
        ),
      ),
    );
    this.open(this.current);
  }

  load(params: URLSearchParams): void {
    const wanted = exercises.find(({ number }) => `${number}` === params.get('exercise'));
    if (wanted !== undefined && wanted !== this.current) this.open(wanted);
  }

  /** Never the code: a link must not bring any into the page. */
  share(): Record<string, string> {
    return { exercise: `${this.current.number}` };
  }

  private open(exercise: Exercise): void {
    this.current = exercise;
    this.text.replaceChildren(...elementsOf(texts[exercise.name]!.split('\n## Hint\n')[0]!));
    this.area.value = this.code.get(exercise.name)!;
    this.extra.replaceChildren();
    this.status.replaceChildren();
    this.showList();
    this.changed();
  }

  private showList(): void {
    const items = exercises.map((exercise) => {
      const { number, name, title } = exercise;
      const isDone = this.done.has(name);
      const link = h(
        'a',
        { href: `#/learn?exercise=${number}` },
        title,
        isDone && h('span', { class: 'done' }, 'done'),
      );
      if (exercise === this.current) link.setAttribute('aria-current', 'step');
      return h('li', {}, link);
    });
    this.list.replaceChildren(...items);
  }

  private edit(): void {
    const { name } = this.current;
    this.code.set(name, this.area.value);
    write(name, this.area.value === stubs[name] ? undefined : this.area.value);
    this.setDone(name, false);
  }

  private setDone(name: string, isDone: boolean): void {
    if (isDone === this.done.has(name)) return;
    if (isDone) this.done.add(name);
    else this.done.delete(name);
    write(name + DONE, isDone ? 'yes' : undefined);
    this.showList();
  }

  private show(title: string, elements: readonly HTMLElement[]): void {
    this.extra.replaceChildren(h('h3', {}, title), ...elements);
  }

  private showSolution(): void {
    const solution = solutions[this.current.name]!;
    const take = button('Take it over', () => this.replace(solution));
    this.show('One solution', [h('pre', { tabindex: '0' }, ...linesOf(solution)), take]);
  }

  private replace(text: string): void {
    this.area.select();
    insert(this.area, text);
    this.edit();
  }

  private async run(): Promise<void> {
    const exercise = this.current;
    this.status.replaceChildren(h('p', {}, 'The checks run …'));
    const results = await check(exercise, Object.fromEntries(this.code));
    this.setDone(
      exercise.name,
      results.every(({ reason }) => reason === undefined),
    );
    if (exercise === this.current) this.status.replaceChildren(...verdictOf(exercise, results));
  }
}

const hintOf = ({ name }: Exercise) => texts[name]!.split('\n## Hint\n')[1]!;

/** The text of `pre`: a line break is a character that `h` would escape. */
const linesOf = (text: string) => text.split('\n').flatMap((line) => [line, h('br')]);

function verdictOf({ number }: Exercise, results: readonly Result[]): HTMLElement[] {
  const failed = results.find(({ reason }) => reason !== undefined);
  const list = results.map(({ name, reason }) =>
    h('li', { class: reason === undefined ? 'legal' : 'refusal' }, `${reason === undefined ? 'ok' : 'fails'}: ${name}`),
  );
  const all = h('details', {}, h('summary', {}, `${results.length} checks`), h('ul', {}, ...list));
  if (failed?.reason !== undefined) return [...reasonOf(failed.name, failed.reason), all];
  const next = exercises[number];
  const onward = next && h('a', { href: `#/learn?exercise=${next.number}` }, `Go on: ${next.title}`);
  return [h('p', { class: 'legal' }, 'All checks pass.'), h('p', {}, onward ?? 'You have built an MQTT client.'), all];
}

function reasonOf(name: string, { message, shown }: Reason): HTMLElement[] {
  return [h('p', { class: 'refusal' }, h('strong', {}, `Fails: ${name}`), ` ${message}`), ...shown.map(table)];
}

const MOST_BYTES = 24;

/** The bytes field by field, with the one to look at. */
function table({ title, kind, bytes, at }: Shown): HTMLElement {
  const rows = explainShown({ kind, bytes }).map(({ start, end, field, value, section }) => {
    const digits = hex(bytes.subarray(start, Math.min(end, start + MOST_BYTES)));
    const isMarked = at !== undefined && at >= start && at < end;
    return h(
      'tr',
      { class: isMarked ? 'marked' : '' },
      h('td', {}, `${start}`),
      h('td', {}, h('code', {}, end - start > MOST_BYTES ? `${digits} …` : digits)),
      h('td', {}, field),
      h('td', {}, `${value} [${section}]`),
    );
  });
  return h(
    'table',
    { class: 'shown' },
    h('caption', {}, `${title}, ${bytesOf(bytes.length)}`),
    h('tbody', {}, ...rows),
  );
}
