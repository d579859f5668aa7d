// Publish, subscribe, and what comes in.
import type { QoS } from '../src/codec/codec.ts';
import type { Client, Message, Subscription } from '../src/index.ts';
import { button, h, labelled, select, ticked } from './dom.ts';
import type { Changed } from './page.ts';
import { payloadOf } from './words.ts';

/** Older messages go. */
const MOST_MESSAGES = 50;

const QOS = [
  ['0', 'QoS 0'],
  ['1', 'QoS 1'],
  ['2', 'QoS 2'],
] as const;

export class Talk {
  readonly element: HTMLElement;
  private readonly filter = h('input', { type: 'text', spellcheck: 'false', value: 'rooms/#' });
  private readonly filterQos = select(QOS, '1');
  private readonly topic = h('input', { type: 'text', spellcheck: 'false', value: 'rooms/kitchen/temperature' });
  private readonly payload = h('input', { type: 'text', spellcheck: 'false', value: '21.5' });
  private readonly qos = select(QOS, '1');
  private readonly retain = h('input', { type: 'checkbox' });
  private readonly body: HTMLFieldSetElement;
  private readonly subscriptions = h('ul', { class: 'subscriptions' });
  private readonly messages = h('ol', { class: 'messages', 'aria-label': 'Messages received, the last one first' });
  private readonly tell: (error: Error) => void;
  private client: Client | undefined;

  constructor(changed: Changed, tell: (error: Error) => void) {
    this.tell = tell;
    this.filterQos.setAttribute('aria-label', 'QoS of the subscription');
    this.qos.setAttribute('aria-label', 'QoS of the message');
    const submit = (act: () => Promise<void>) => (event: Event) => {
      event.preventDefault();
      act().catch(tell);
    };
    this.body = h(
      'fieldset',
      { disabled: true, oninput: () => changed() },
      h(
        'form',
        { class: 'form', onsubmit: submit(() => this.subscribe()) },
        h('h2', {}, 'Subscribe'),
        labelled('Topic Filter', this.filter),
        h('div', { class: 'row' }, this.filterQos, h('button', {}, 'Subscribe')),
        this.subscriptions,
      ),
      h(
        'form',
        { class: 'form', onsubmit: submit(() => this.publish()) },
        h('h2', {}, 'Publish'),
        labelled('Topic Name', this.topic),
        labelled('Message', this.payload),
        h('div', { class: 'row' }, this.qos, ticked('RETAIN', this.retain), h('button', {}, 'Publish')),
      ),
    );
    this.element = h('div', {}, this.body, this.messages);
  }

  load(params: URLSearchParams): void {
    for (const [name, input] of Object.entries(this.inputs())) {
      const value = params.get(name);
      if (value !== null) input.value = value;
    }
  }

  share(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.inputs()).map(([name, { value }]) => [name, value]));
  }

  private inputs() {
    return { filter: this.filter, filterQos: this.filterQos, topic: this.topic, message: this.payload, qos: this.qos };
  }

  begin(client: Client): void {
    this.client = client;
    this.body.disabled = false;
    this.messages.replaceChildren();
    client.on('unrouted', (message) => this.receive(message));
  }

  end(): void {
    this.client = undefined;
    this.body.disabled = true;
    this.subscriptions.replaceChildren();
  }

  private async subscribe(): Promise<void> {
    const qos = Number(this.filterQos.value) as QoS;
    const subscription = await this.client!.subscribe(this.filter.value, { qos }, (message) => this.receive(message));
    this.subscriptions.append(this.entryOf(subscription));
  }

  private entryOf(subscription: Subscription): HTMLElement {
    const [topicFilter = ''] = subscription.topicFilters;
    const leave = () => {
      entry.remove();
      subscription.unsubscribe().catch(this.tell);
    };
    const entry = h(
      'li',
      {},
      h('code', {}, topicFilter),
      ` QoS ${subscription.grantedQos[0]} `,
      button('Unsubscribe', leave, { class: 'quiet', 'aria-label': `Unsubscribe from ${topicFilter}` }),
    );
    return entry;
  }

  private async publish(): Promise<void> {
    const qos = Number(this.qos.value) as QoS;
    await this.client!.publish(this.topic.value, this.payload.value, { qos, retain: this.retain.checked });
  }

  private receive(message: Message): void {
    const { topic, payload, qos, retain, dup } = message;
    const flags = [`QoS ${qos}`, retain && 'RETAIN', dup && 'DUP'].filter(Boolean).join(', ');
    this.messages.prepend(h('li', {}, h('code', {}, topic), h('span', {}, payloadOf(payload)), h('small', {}, flags)));
    while (this.messages.childElementCount > MOST_MESSAGES) this.messages.lastElementChild!.remove();
  }
}
