// Controls of a form that know what they stand for.
import { textOf } from '#text';
import { toBytes } from '../src/client/message.ts';
import { visible } from '../src/explain/visible.ts';
import { button, h, labelled, select, ticked } from './dom.ts';
import { hex, parseHex } from './hex.ts';

export interface Control<T> {
  readonly element: HTMLElement;
  /** What is in it now. Throws where that is nothing of its kind. */
  read(): T;
}

export function text(label: string, value: string): Control<string> {
  const input = h('input', { type: 'text', spellcheck: 'false', autocomplete: 'off', value });
  const shown = h('small', { class: 'escaped' });
  const show = () => shown.replaceChildren(...(visible(input.value) === input.value ? [] : [visible(input.value)]));
  input.addEventListener('input', show);
  show();
  return { element: h('div', {}, labelled(label, input), shown), read: () => input.value };
}

/** Whatever number: it is the encoder that says what is allowed. */
export function number(label: string, value: number, hint?: string): Control<number> {
  const input = h('input', { type: 'number', value });
  return { element: labelled(label, input, hint), read: () => input.valueAsNumber };
}

export function choice<T extends number>(label: string, value: T, choices: readonly (readonly [T, string])[]) {
  const list = select(
    choices.map(([number, name]) => [`${number}`, name] as const),
    `${value}`,
  );
  return { element: labelled(label, list), read: () => Number(list.value) as T };
}

export function flag(label: string, value: boolean): Control<boolean> {
  const box = h('input', { type: 'checkbox', checked: value });
  return { element: ticked(label, box), read: () => box.checked };
}

/** Bytes, as text where they are text of which everything can be seen. */
export function binary(label: string, value: Uint8Array): Control<Uint8Array> {
  const text = textOf(value);
  const asText = text !== undefined && visible(text) === text ? text : undefined;
  const input = h('input', { type: 'text', spellcheck: 'false', autocomplete: 'off', value: asText ?? hex(value) });
  const form = select(
    [
      ['text', 'text'],
      ['hex', 'hex'],
    ],
    asText === undefined ? 'hex' : 'text',
  );
  form.setAttribute('aria-label', `${label} is given as`);
  const read = () => (form.value === 'text' ? toBytes(input.value, label) : parseHex(input.value));
  return { element: h('div', { class: 'joined' }, labelled(label, input), form), read };
}

/** Something that may be left out. */
export function optional<T>(label: string, isThere: boolean, control: Control<T>): Control<T | undefined> {
  const box = h('input', { type: 'checkbox', checked: isThere });
  const body = h('div', { class: 'optional', hidden: !isThere }, control.element);
  box.addEventListener('change', () => {
    body.hidden = !box.checked;
  });
  const element = h('div', {}, ticked(label, box), body);
  return { element, read: () => (box.checked ? control.read() : undefined) };
}

/** Any number of the same, none included: the encoder says whether that is allowed. */
export function several<T>(name: string, values: readonly T[], fresh: T, make: (value: T) => Control<T>): Control<T[]> {
  const rows = new Map<HTMLElement, Control<T>>();
  const list = h('div', { class: 'several' });
  const changed = () => list.dispatchEvent(new Event('input', { bubbles: true }));
  const add = (value: T) => {
    const control = make(value);
    const remove = () => {
      rows.delete(row);
      row.remove();
      changed();
    };
    const row = h('div', { class: 'one-of-several' }, control.element, button('Remove', remove, { class: 'quiet' }));
    rows.set(row, control);
    list.append(row);
  };
  for (const value of values) add(value);
  const more = () => {
    add(fresh);
    changed();
  };
  const element = h('div', {}, list, button(`Add a ${name}`, more, { class: 'quiet' }));
  return { element, read: () => [...rows.values()].map((control) => control.read()) };
}

/** Controls of an object's fields, one below the other. */
export function group<T extends object>(controls: { readonly [K in keyof T]: Control<T[K]> }): Control<T> {
  const entries = Object.entries(controls) as [keyof T, Control<T[keyof T]>][];
  const element = h('div', { class: 'group' }, ...entries.map(([, control]) => control.element));
  return { element, read: () => Object.fromEntries(entries.map(([name, control]) => [name, control.read()])) as T };
}
