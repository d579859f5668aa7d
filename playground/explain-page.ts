// Paste bytes, or drop a file, and read them.
import type { Annotation } from '../src/explain/explain.ts';
import { bytesIn } from '../src/explain/pasted.ts';
import { ByteView } from './byte-view.ts';
import { button, h, labelled, select } from './dom.ts';
import { beginsPacket, KINDS, nameOfType } from './field.ts';
import { bytesOf, hex, parseHex } from './hex.ts';
import { verdict } from './inspector.ts';
import type { Changed, Page } from './page.ts';
import { samples } from './samples.ts';
import { MOST_SHARED_BYTES, shareEdit, withoutSecrets } from './share.ts';

export class ExplainPage implements Page {
  readonly name = 'explain';
  readonly title = 'Explain';
  readonly element: HTMLElement;
  private readonly changed: Changed;
  private readonly input = h('textarea', { rows: 3, spellcheck: 'false', oninput: () => this.readInput() });
  private readonly status = h('div', { class: 'status', role: 'status' });
  private readonly view = new ByteView({ label: 'Bytes by field', onFlip: (bytes) => this.edit(bytes) });
  private bytes: Uint8Array = new Uint8Array();
  private shared: Uint8Array = new Uint8Array(); // the same, but for what a link must not tell

  constructor(changed: Changed) {
    this.changed = changed;
    const samplePicker = select([['', 'A sample …'], ...samples.map(([name, sample]) => [sample, name] as const)]);
    samplePicker.setAttribute('aria-label', 'A sample');
    samplePicker.addEventListener('change', () => this.open(parseHex(samplePicker.value)));
    const file = h('input', { type: 'file', class: 'unseen', tabindex: '-1', 'aria-label': 'A file' });
    file.addEventListener('change', () => void this.openFile(file.files?.[0]));
    this.element = h(
      'section',
      { class: 'page' },
      h('h1', {}, 'Explain'),
      h('p', { class: 'lead' }, 'What every byte of a packet means, and where a broken one breaks.'),
      labelled(
        'Hex or base64, an escaped string, an array or a dump, of one packet or of several in a row',
        this.input,
      ),
      h(
        'div',
        { class: 'row' },
        samplePicker,
        button('Open a file …', () => file.click()),
        file,
      ),
      this.status,
      this.view.element,
      legend(),
    );
    this.open(parseHex(samples[0]![1]));
  }

  load(params: URLSearchParams): void {
    const shared = params.get('hex');
    if (shared !== null) this.open(parseHex(shared));
  }

  share(): Record<string, string> {
    if (this.bytes.length > MOST_SHARED_BYTES) return {};
    return { hex: hex(this.shared).replaceAll(' ', '') };
  }

  async openFile(file: File | undefined): Promise<void> {
    if (file !== undefined) this.open(new Uint8Array(await file.arrayBuffer()));
  }

  /** Shows bytes that have nothing to do with those before. */
  private open(bytes: Uint8Array): void {
    this.input.value = hex(bytes.subarray(0, MOST_SHARED_BYTES)) + (bytes.length > MOST_SHARED_BYTES ? ' …' : '');
    this.shared = withoutSecrets(bytes);
    this.view.select(0);
    this.show(bytes);
  }

  private edit(bytes: Uint8Array): void {
    this.input.value = hex(bytes);
    this.shared = shareEdit(this.bytes, bytes, this.shared);
    this.show(bytes);
  }

  private readInput(): void {
    try {
      const text = this.input.value;
      const bytes = text.trim() === '' ? new Uint8Array() : bytesIn(text);
      this.shared =
        bytes.length === this.bytes.length ? shareEdit(this.bytes, bytes, this.shared) : withoutSecrets(bytes);
      this.show(bytes);
    } catch (error) {
      this.status.replaceChildren(h('p', { class: 'refusal' }, (error as Error).message));
    }
  }

  private show(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.status.replaceChildren(...summaryOf(bytes, this.view.show(bytes)));
    this.changed();
  }
}

/** What there is, or why it breaks. */
export function summaryOf(bytes: Uint8Array, annotations: readonly Annotation[]): HTMLElement[] {
  if (annotations.length === 0) return [h('p', {}, 'Nothing to explain yet.')];
  const broken = annotations.find(({ error }) => error !== undefined);
  const names = annotations.filter(beginsPacket).map(({ start }) => nameOfType(bytes[start]! >> 4));
  const shown = names.length > 6 ? `${names.length} packets` : names.join(', ');
  if (broken === undefined) return [h('p', { class: 'legal' }, `${shown}: ${bytesOf(bytes.length)}, all legal.`)];
  const where = `Breaks at byte ${broken.start}, ${broken.field}`;
  return [h('p', { class: 'refusal' }, h('strong', {}, where), ` ${broken.value}`), verdict(broken)];
}

function legend(): HTMLElement {
  const entries = KINDS.map(([kind, label]) => h('li', {}, h('span', { class: `swatch ${kind}` }), label));
  return h('ul', { class: 'legend', 'aria-label': 'Colours' }, ...entries);
}
