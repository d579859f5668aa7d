// The sign-in of Alibaba Cloud IoT Platform, one step after the other.
import { type AliyunConnectOptions, type AliyunOptions, aliyun } from '../src/aliyun/aliyun.ts';
import { keyedHash, type SignMethod } from '../src/aliyun/hmac.ts';
import { toBytes } from '../src/client/message.ts';
import { connect, encode } from '../src/codec/codec.ts';
import { Packets } from '../src/explain/packets.ts';
import { ByteView } from './byte-view.ts';
import type { Access } from './connect-page.ts';
import { button, h, labelled, select, ticked } from './dom.ts';
import { bytesOf, hex } from './hex.ts';
import type { Changed, Page } from './page.ts';

/** What is hashed, and what comes of it. */
interface Steps {
  readonly key: Uint8Array;
  readonly content: Uint8Array;
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

const HASHES = [
  ['hmacsha256', 'SHA-256'],
  ['hmacsha1', 'SHA-1'],
  ['hmacmd5', 'MD5'],
] as const;

export class SignPage implements Page {
  readonly name = 'sign';
  readonly title = 'Sign in';
  readonly element: HTMLElement;
  private readonly changed: Changed;
  private readonly use: (access: Access) => void;
  private readonly productKey = text('pk');
  private readonly deviceName = text('device');
  private readonly deviceSecret = h('input', { type: 'password', autocomplete: 'off', value: 'secret' });
  private readonly showsSecret = h('input', { type: 'checkbox', checked: true });
  private readonly clientId = text('12345');
  private readonly timestamp = text('789');
  private readonly signMethod = select(HASHES, 'hmacsha1');
  private readonly secure = select([
    ['wss', 'wss'],
    ['ws', 'ws'],
  ]);
  private readonly region = text('cn-shanghai');
  private readonly steps = h('ol', { class: 'steps' });
  private readonly status = h('div', { class: 'status', role: 'status' });
  private readonly view = new ByteView({ label: 'Bytes of the CONNECT' });

  /** @param use takes what was signed, to connect with it */
  constructor(changed: Changed, use: (access: Access) => void) {
    this.changed = changed;
    this.use = use;
    this.element = h(
      'section',
      { class: 'page' },
      h('h1', {}, 'Sign in to Aliyun'),
      h(
        'p',
        { class: 'lead' },
        'How a device proves who it is to Alibaba Cloud IoT Platform, step by step. Nothing leaves this page, and no link has the secret.',
      ),
      h('div', { class: 'columns' }, this.form(), h('div', {}, this.status, this.steps)),
      h('h2', {}, 'The CONNECT, then'),
      this.view.element,
    );
    this.show();
  }

  load(params: URLSearchParams): void {
    for (const [name, input] of Object.entries(this.inputs())) {
      const value = params.get(name);
      if (value !== null) input.value = value;
    }
    this.show();
  }

  share(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.inputs()).map(([name, { value }]) => [name, value]));
  }

  /** All but the secret. */
  private inputs() {
    const { productKey, deviceName, clientId, timestamp, signMethod, secure, region } = this;
    return { productKey, deviceName, clientId, timestamp, signMethod, secure, region };
  }

  private form(): HTMLElement {
    return h(
      'div',
      { class: 'side form', oninput: () => this.show() },
      labelled('Product key', this.productKey),
      labelled('Device name', this.deviceName),
      labelled('Device secret', this.deviceSecret),
      ticked('Show it', this.showsSecret),
      labelled('Client id', this.clientId, 'of your choice: a MAC address, a serial number'),
      labelled('Timestamp, if any', this.timestamp, 'milliseconds since 1970'),
      h('div', { class: 'pair' }, labelled('Hash', this.signMethod), labelled('Over', this.secure)),
      labelled('Region', this.region),
    );
  }

  private show(): void {
    this.deviceSecret.type = this.showsSecret.checked ? 'text' : 'password';
    try {
      const { options, steps } = this.sign();
      this.status.replaceChildren();
      this.steps.replaceChildren(...this.explain(options, steps));
      const { clientId, username, password, keepAlive } = options;
      const packet = connect({ clientId, keepAlive, username, password: toBytes(password, 'password') });
      this.view.show(new Packets(encode(packet)));
    } catch (error) {
      this.steps.replaceChildren();
      this.view.element.hidden = true;
      this.status.replaceChildren(h('p', { class: 'refusal' }, (error as Error).message));
    }
    this.changed();
  }

  /** Signs, and looks at what is signed on its way. */
  private sign(): { options: AliyunConnectOptions; steps: Steps } {
    let steps: Steps | undefined;
    const hmac: AliyunOptions['hmac'] = (method, key, content) => {
      const inner = keyedHash(method, key, 0x36, content);
      const outer = keyedHash(method, key, 0x5c, inner);
      steps = { key, content, inner, outer };
      return outer;
    };
    const options = aliyun({
      productKey: this.productKey.value,
      deviceName: this.deviceName.value,
      deviceSecret: this.deviceSecret.value,
      clientId: this.clientId.value,
      timestamp: this.timestamp.value || undefined,
      signMethod: this.signMethod.value as SignMethod,
      secure: this.secure.value === 'wss',
      region: this.region.value,
      hmac,
    });
    return { options, steps: steps! };
  }

  private explain(options: AliyunConnectOptions, { key, content, inner, outer }: Steps): HTMLElement[] {
    const { url, clientId, username, password, keepAlive } = options;
    const hash = this.signMethod.selectedOptions[0]!.text;
    const shown = this.showsSecret.checked ? hex(key) : key.length > 0 ? '•• '.repeat(key.length).trim() : '';
    const access = { url, clientId, username, password, keepAlive };
    return [
      step(
        'The content',
        'Names and values in alphabetical order, with nothing between them. Only these are signed.',
        h('p', { class: 'content' }, ...this.contentParts()),
        bytes(hex(content), content.length),
      ),
      step(
        'The key',
        `The device secret as UTF-8${key.length > 64 ? `, which is over 64 bytes and therefore hashed first` : ', filled up with zeros to 64 bytes'}.`,
        bytes(shown, key.length),
      ),
      step(
        'The inner hash',
        `${hash} of the key, each byte of it ⊕ 36, followed by the content.`,
        bytes(hex(inner), inner.length),
      ),
      step(
        'The outer hash',
        `${hash} of the key, each byte of it ⊕ 5c, followed by the inner hash. This is the HMAC.`,
        bytes(hex(outer), outer.length),
      ),
      step('In hex', 'Two lower-case digits a byte, leading zeros kept: the password.', copyable(password)),
      step(
        'What the device connects with',
        'The client id also says how it was signed; the same password is good over ws and over wss.',
        h(
          'dl',
          { class: 'result' },
          ...Object.entries({ URL: url, 'client id': clientId, 'user name': username, password }).flatMap(
            ([name, value]) => [h('dt', {}, name), h('dd', {}, copyable(value))],
          ),
        ),
        button('Take it to Connect', () => this.use(access)),
      ),
    ];
  }

  private contentParts(): HTMLElement[] {
    const { clientId, deviceName, productKey, timestamp } = this;
    const names = { clientId, deviceName, productKey, ...(timestamp.value !== '' && { timestamp }) };
    return Object.entries(names).flatMap(([name, { value }]) => [
      h('span', { class: 'signed length' }, name),
      h('span', { class: 'signed text' }, value),
    ]);
  }
}

function text(value: string): HTMLInputElement {
  return h('input', { type: 'text', spellcheck: 'false', autocomplete: 'off', value });
}

function step(title: string, says: string, ...shown: HTMLElement[]): HTMLElement {
  return h('li', {}, h('h2', {}, title), h('p', {}, says), ...shown);
}

function bytes(digits: string, count: number): HTMLElement {
  return h('p', { class: 'digits' }, digits, ' ', h('small', {}, bytesOf(count)));
}

function copyable(value: string): HTMLElement {
  const copy = button(
    'Copy',
    () => void navigator.clipboard.writeText(value).then(() => (copy.textContent = 'Copied')),
    {
      class: 'quiet',
      'aria-label': `Copy ${value}`,
    },
  );
  return h('span', { class: 'copyable' }, h('code', {}, value), copy);
}
