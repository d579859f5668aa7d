// Talk to a broker, and see every packet pass.

import { webSocketTransport } from '../src/connection/websocket.ts';
import { Packets } from '../src/explain/packets.ts';
import { type Client, type ClientState, connect } from '../src/index.ts';
import { ByteView } from './byte-view.ts';
import { button, h, labelled, ticked } from './dom.ts';
import { KeepAliveView } from './keep-alive-view.ts';
import type { Changed, Page } from './page.ts';
import { Sequence } from './sequence.ts';
import { withoutCredentials } from './share.ts';
import { Talk } from './talk.ts';
import { isPassage, type Occurrence, type Passage, type Tap, tap } from './trace.ts';

/** What it takes to connect. */
export interface Access {
  readonly url: string;
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  /** Seconds. */
  readonly keepAlive: number;
}

const RECONNECT = { minDelay: 500, maxDelay: 10_000 };

export class ConnectPage implements Page {
  readonly name = 'connect';
  readonly title = 'Connect';
  readonly element: HTMLElement;
  private readonly changed: Changed;
  private readonly url = h('input', { type: 'url', required: true, spellcheck: 'false', value: embeddedBroker() });
  private readonly clientId = h('input', { type: 'text', spellcheck: 'false', autocomplete: 'off' });
  private readonly keepAlive = h('input', { type: 'number', min: 0, max: 65535, value: 20 });
  private readonly username = h('input', { type: 'text', spellcheck: 'false', autocomplete: 'off' });
  private readonly password = h('input', { type: 'password', autocomplete: 'off' });
  private readonly cleanSession = h('input', { type: 'checkbox', checked: true });
  private readonly toggle = h('button', { type: 'submit', class: 'primary' }, 'Connect');
  private readonly ping = button('Ping', () => this.client?.wake(), { title: 'send a PINGREQ now' });
  private readonly cut = button('Cut', () => this.tap.cut(), { title: 'end the connection without a DISCONNECT' });
  private readonly state = h('span', { class: 'state' });
  private readonly status = h('div', { class: 'status', role: 'status' });
  private readonly talk: Talk;
  private readonly lanes = new KeepAliveView();
  private readonly sequence = new Sequence(this.state, (passage) => this.open(passage));
  private readonly view = new ByteView({ label: 'Bytes of the packet that is selected' });
  private readonly tap: Tap;
  private client: Client | undefined;

  constructor(changed: Changed) {
    this.changed = changed;
    this.clientId.value = `playground-${Math.random().toString(36).slice(2, 8)}`;
    this.tap = tap(webSocketTransport(WebSocket), (occurrence) => this.take(occurrence));
    this.talk = new Talk(changed, (error) => this.tell(error));
    this.view.element.hidden = true;
    this.element = h(
      'section',
      { class: 'page' },
      h('h1', {}, 'Connect'),
      h('p', { class: 'lead' }, 'Talk to a broker over WebSocket, and see every packet pass.'),
      h(
        'div',
        { class: 'columns' },
        h('div', { class: 'side' }, this.form(), this.talk.element),
        h('div', {}, this.status, this.lanes.element, this.sequence.element, this.view.element),
      ),
    );
    this.showState('closed');
  }

  load(params: URLSearchParams): void {
    for (const [name, input] of Object.entries({
      url: this.url,
      clientId: this.clientId,
      keepAlive: this.keepAlive,
      username: this.username,
    })) {
      const value = params.get(name);
      if (value !== null) input.value = value;
    }
    if (params.has('cleanSession')) this.cleanSession.checked = params.get('cleanSession') === 'true';
    this.talk.load(params);
  }

  share(): Record<string, string> {
    return {
      url: withoutCredentials(this.url.value),
      clientId: this.clientId.value,
      keepAlive: this.keepAlive.value,
      ...(this.username.value !== '' && { username: this.username.value }),
      ...(!this.cleanSession.checked && { cleanSession: 'false' }),
      ...this.talk.share(),
    };
  }

  /** Fills in how to connect. */
  prepare({ url, clientId, username, password, keepAlive }: Access): void {
    this.url.value = url;
    this.clientId.value = clientId;
    this.username.value = username;
    this.password.value = password;
    this.keepAlive.value = `${keepAlive}`;
    this.changed();
  }

  private form(): HTMLElement {
    const onsubmit = (event: Event) => {
      event.preventDefault();
      if (this.client === undefined) void this.start();
      else void this.client.close();
    };
    return h(
      'form',
      { class: 'form', onsubmit, oninput: () => this.changed() },
      labelled('Broker', this.url),
      h(
        'div',
        { class: 'pair' },
        labelled('Client Identifier', this.clientId),
        labelled('Keep Alive, s', this.keepAlive),
      ),
      h('div', { class: 'pair' }, labelled('User Name', this.username), labelled('Password', this.password)),
      ticked('Clean Session', this.cleanSession),
      h('div', { class: 'row' }, this.toggle, this.cut, this.ping),
    );
  }

  private async start(): Promise<void> {
    this.status.replaceChildren();
    this.sequence.clear();
    this.view.element.hidden = true;
    this.showState('connecting');
    const username = this.username.value || undefined;
    const password = this.password.value || undefined;
    try {
      const client = await connect(this.url.value, {
        clientId: this.clientId.value,
        keepAlive: this.keepAlive.valueAsNumber,
        cleanSession: this.cleanSession.checked,
        username,
        password,
        reconnect: RECONNECT,
        transport: this.tap.transport,
      });
      this.client = client;
      client.on('state', (state, cause) => this.showState(state, cause));
      client.on('error', (error) => this.tell(error));
      this.showState(client.state);
      this.talk.begin(client);
    } catch (error) {
      this.showState('closed');
      this.tell(error as Error);
    }
  }

  private showState(state: ClientState, cause?: Error): void {
    this.state.textContent = state === 'closed' ? 'not connected' : state;
    this.state.className = `state ${state}`;
    this.toggle.textContent = this.client === undefined && state !== 'connecting' ? 'Connect' : 'Disconnect';
    this.toggle.disabled = this.client === undefined && state === 'connecting';
    this.cut.disabled = this.ping.disabled = state !== 'online';
    if (state === 'online') this.status.replaceChildren();
    if (state === 'waiting')
      this.sequence.add({ at: performance.now(), note: `${cause?.message ?? 'lost'}; to be made anew` });
    if (state !== 'online') this.lanes.end();
    if (state !== 'closed') return;
    this.client = undefined;
    this.toggle.textContent = 'Connect';
    this.talk.end();
  }

  private tell(error: Error): void {
    this.status.replaceChildren(h('p', { class: 'refusal' }, h('strong', {}, error.name), ` ${error.message}`));
  }

  private take(occurrence: Occurrence): void {
    this.sequence.add(occurrence);
    if (isPassage(occurrence)) this.lanes.take(occurrence);
    else if (occurrence.note.startsWith('connection closed')) this.lanes.end();
  }

  private open({ bytes }: Passage): void {
    this.view.open(new Packets(bytes));
  }
}

/** Where the broker is that the page was served with; else a usual address. */
function embeddedBroker(): string {
  return document.querySelector<HTMLMetaElement>('meta[name=broker]')?.content ?? 'ws://127.0.0.1:9001/mqtt';
}
