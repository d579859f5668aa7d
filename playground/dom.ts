// Elements from calls: all of what a framework would be used for here.

type Child = Node | string | false | undefined;
type Attributes = Record<string, string | number | boolean | undefined | ((event: never) => void)>;

/** An element. A function is a listener (`onclick`), `true` an attribute without a value, `false` none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : `${value}`);
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
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
