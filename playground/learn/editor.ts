// A text area for code. Tab indents; after Escape it leaves, so that the keyboard is not caught.
import { h } from '../dom.ts';

const INDENT = '  ';

export function editor(label: string, changed: () => void, run: () => void): HTMLTextAreaElement {
  let leaves = false;
  const onkeydown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      leaves = true;
      return;
    }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      insert(area, `\n${indentAt(area)}`);
    } else if (event.key === 'Tab' && !event.shiftKey && !leaves) {
      event.preventDefault();
      insert(area, INDENT);
    }
    if (event.key !== 'Shift') leaves = false;
  };
  const area = h('textarea', {
    class: 'editor',
    rows: 18,
    spellcheck: 'false',
    autocomplete: 'off',
    autocapitalize: 'off',
    wrap: 'off',
    'aria-label': label,
    'aria-describedby': 'editor-keys',
    oninput: changed,
    onkeydown,
  });
  return area;
}

/** As if it were typed, so that it can be undone. */
export function insert(area: HTMLTextAreaElement, text: string): void {
  area.focus();
  document.execCommand('insertText', false, text);
}

function indentAt({ value, selectionStart }: HTMLTextAreaElement): string {
  const line = value.slice(value.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart);
  const indent = /^ */.exec(line)![0];
  return /[{([]\s*$/.test(line) ? indent + INDENT : indent;
}
