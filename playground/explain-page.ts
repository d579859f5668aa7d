// Paste bytes, or drop a file, and read them.
import type { Capture } from '../src/explain/capture.ts';
import { nameOfType } from '../src/explain/name.ts';
import { Packets } from '../src/explain/packets.ts';
import { bytesIn } from '../src/explain/pasted.ts';
import { ByteView } from './byte-view.ts';
import { copyButtons } from './copy.ts';
import { button, h, labelled, select } from './dom.ts';
import { KINDS } from './field.ts';
import { bytesOf, hex, parseHex } from './hex.ts';
import { verdict } from './inspector.ts';
import type { Changed, Page } from './page.ts';
import { samples } from './samples.ts';
import { MOST_SHARED_BYTES, shareEdit, withoutSecrets } from './share.ts';
import { typescriptOf } from './typescript.ts';

/** Bytes that were opened and not typed are shown in the input up to this size. */
const MOST_TYPED_BYTES = 2_048;

export class ExplainPage implements Page {
  readonly name = 'explain';
  readonly title = 'Explain';
  readonly element: HTMLElement;
  private readonly changed: Changed;
  private readonly input = h('textarea', { rows: 3, spellcheck: 'false', oninput: () => this.readInput() });
  private readonly status = h('div', { class: 'status', role: 'status' });
  private readonly view = new ByteView({ label: 'Bytes by field', onFlip: (bytes) => this.edit(bytes) });
  private packets = new Packets(new Uint8Array());
  private shared: Uint8Array = new Uint8Array(); // the same bytes, but for what a link must not tell; empty if they are many

  constructor(changed: Changed) {
    this.changed = changed;
    const samplePicker = select([['', 'A sample …'], ...samples.map(([name, sample]) => [sample, name] as const)]);
    samplePicker.setAttribute('aria-label', 'A sample');
    samplePicker.addEventListener('change', () => this.open(new Packets(parseHex(samplePicker.value))));
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
        'A file may be a capture of Wireshark, a HAR file of the browser, or the bytes as they are.',
      ),
      h(
        'div',
        { class: 'row' },
        samplePicker,
        button('Open a file …', () => file.click()),
        file,
      ),
      this.status,
      copyButtons({
        link: () => (this.packets.bytes.length > MOST_SHARED_BYTES ? undefined : location.href),
        hex: () => hex(this.packets.bytes),
        TypeScript: () => typescriptOf(this.packets),
      }),
      this.view.element,
      legend(),
    );
    this.open(new Packets(parseHex(samples[0]![1])));
  }

  load(params: URLSearchParams): void {
    const shared = params.get('hex');
    if (shared !== null) this.open(new Packets(parseHex(shared)));
  }

  share(): Record<string, string> {
    if (this.packets.bytes.length > MOST_SHARED_BYTES) return {};
    return { hex: hex(this.shared).replaceAll(' ', '') };
  }

  async openFile(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const { captureIn } = await import('../src/explain/capture.ts');
      const capture: Capture | undefined = captureIn(bytes);
      this.open(new Packets(capture?.bytes ?? bytes, capture?.parts), file.name);
      if (capture !== undefined) this.status.append(...capture.notes.map((note) => h('p', {}, note)));
    } catch (error) {
      this.refuse(error as Error);
    }
  }

  /** Shows packets that have nothing to do with those before. */
  private open(packets: Packets, name = 'the bytes'): void {
    const { bytes } = packets;
    const isTyped = bytes.length <= MOST_TYPED_BYTES;
    this.input.value = isTyped ? hex(bytes) : '';
    this.input.placeholder = isTyped ? '' : `${bytesOf(bytes.length)} of ${name}. Paste others here.`;
    this.shared = bytes.length > MOST_SHARED_BYTES ? new Uint8Array() : withoutSecrets(bytes);
    this.view.open(packets);
    this.show(packets);
  }

  private edit(bytes: Uint8Array): void {
    if (bytes.length <= MOST_TYPED_BYTES) this.input.value = hex(bytes);
    this.shared = shareEdit(this.packets.bytes, bytes, this.shared);
    const packets = this.packets.edited(bytes);
    this.view.show(packets);
    this.show(packets);
  }

  private readInput(): void {
    try {
      const text = this.input.value;
      const bytes = text.trim() === '' ? new Uint8Array() : bytesIn(text);
      const before = this.packets.bytes;
      if (bytes.length > MOST_SHARED_BYTES) this.shared = new Uint8Array();
      else if (bytes.length !== before.length) this.shared = withoutSecrets(bytes);
      else this.shared = shareEdit(before, bytes, this.shared);
      const packets = new Packets(bytes);
      this.view.open(packets);
      this.show(packets);
    } catch (error) {
      this.refuse(error as Error);
    }
  }

  private refuse(error: Error): void {
    this.view.isStale = true;
    this.status.replaceChildren(h('p', { class: 'refusal' }, error.message));
  }

  private show(packets: Packets): void {
    this.packets = packets;
    this.status.replaceChildren(...summaryOf(packets, (offset) => this.view.select(offset)));
    this.changed();
  }
}

/** What there is, or why it breaks. */
export function summaryOf(packets: Packets, select: (offset: number) => void): HTMLElement[] {
  const { bytes, parts } = packets;
  if (parts.length === 0) return [h('p', {}, 'Nothing to explain yet.')];
  const part = parts.find(({ error }) => error !== undefined);
  const field = part && packets.explain(part).find(({ error }) => error !== undefined);
  if (field === undefined) {
    const names = parts.slice(0, 7).map(({ start }) => nameOfType(bytes[start]! >> 4));
    const shown = parts.length > 6 ? `${parts.length.toLocaleString('en')} packets` : names.join(', ');
    return [h('p', { class: 'legal' }, `${shown}: ${bytesOf(bytes.length)}, all legal.`)];
  }
  const where = `Breaks at byte ${field.start}, ${field.field}`;
  const show = button('Show it', () => select(field.start), { class: 'quiet' });
  return [h('p', { class: 'refusal' }, h('strong', {}, where), ` ${field.value} `, show), verdict(field)];
}

function legend(): HTMLElement {
  const entries = KINDS.map(([kind, label]) => h('li', {}, h('span', { class: `swatch ${kind}` }), label));
  return h('ul', { class: 'legend', 'aria-label': 'Colours' }, ...entries);
}
