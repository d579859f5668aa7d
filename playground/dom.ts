// Elements from calls: all of what a framework would be used for here.
import { visible } from '../src/explain/visible.ts';

type Child = Node | string | false | undefined;
type Attributes = Record<string, string | number | boolean | undefined | ((event: never) => void)>;

/** Attributes that are read out or shown. */
const SPOKEN = ['aria-label', 'title'];

/**
 * An element. A function is a listener (`onclick`), `true` an attribute without a value, `false` none. Text is never
 * HTML, and what a reader cannot see in it is escaped: a broker may have chosen it.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else if (name === 'style')
      element.style.cssText = `${value}`; // The policy of the page forbids the attribute.
    else if (SPOKEN.includes(name)) element.setAttribute(name, visible(`${value}`));
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : `${value}`);
  }
  for (const child of children)
    if (child !== undefined && child !== false) element.append(typeof child === 'string' ? visible(child) : child);
  return element;
}

/** A control with its label above it, and what there is to say about it below. */
export function labelled(label: string, control: HTMLElement, hint?: string): HTMLElement {
  return h('label', { class: 'labelled' }, h('span', {}, label), control, hint !== undefined && h('small', {}, hint));
}

/** A box to tick, with its label behind it. */
export function ticked(label: string, box: HTMLInputElement): HTMLElement {
  return h('label', { class: 'ticked' }, box, h('span', {}, label));
}

/** The first choice is taken, unless `value` names another. */
export function select(
  choices: readonly (readonly [value: string, label: string])[],
  value?: string,
): HTMLSelectElement {
  const element = h('select', {}, ...choices.map(([choice, label]) => h('option', { value: choice }, label)));
  if (value !== undefined) element.value = value;
  return element;
}

export function button(label: string, onclick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  return h('button', { type: 'button', onclick, ...attributes }, label);
}
