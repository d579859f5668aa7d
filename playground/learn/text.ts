// The texts of the exercises: paragraphs, lists, `code`, *emphasis* and a heading, which is all that they use of Markdown.
import { h } from '../dom.ts';

export function elementsOf(text: string): HTMLElement[] {
  const blocks = text.trim().split(/\n{2,}/);
  return blocks.map((block) => {
    if (block.startsWith('# ')) return h('h2', {}, block.slice(2));
    if (!block.startsWith('- ')) return h('p', {}, ...inline(block));
    const items = block.slice(2).split(/\n- /);
    return h('ul', {}, ...items.map((item) => h('li', {}, ...inline(item))));
  });
}

function inline(text: string): (Node | string)[] {
  const parts = text.replace(/\n/g, ' ').split(/(`[^`]+`|\*[^*]+\*)/);
  return parts.map((part, i) => {
    if (i % 2 === 0) return part;
    return h(part.startsWith('`') ? 'code' : 'em', {}, part.slice(1, -1));
  });
}
