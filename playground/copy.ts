// Buttons that put something into the clipboard.
import { button, h } from './dom.ts';

/** What may be copied, by the label of its button; undefined: it would be too long. */
type Copies = Readonly<Record<string, () => string | undefined>>;

export function copyButtons(copies: Copies): HTMLElement {
  const said = h('span', { class: 'hint', 'aria-live': 'polite' });
  const buttons = Object.entries(copies).map(([label, text]) =>
    button(`Copy ${label}`, async () => {
      said.textContent = await copy(label, text());
    }),
  );
  return h('div', { class: 'row copies' }, ...buttons, said);
}

/** Says whether it was copied. */
async function copy(label: string, text: string | undefined): Promise<string> {
  if (text === undefined) return `There are too many bytes for a ${label}.`;
  try {
    await navigator.clipboard.writeText(text);
    return `The ${label} is in the clipboard.`;
  } catch {
    return 'The browser does not let this page copy.';
  }
}
