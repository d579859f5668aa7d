// A client, its line to the broker, and what both ends remember of each other.
import type { QoS } from '../../src/codec/codec.ts';
import { button, h, select, ticked } from '../dom.ts';
import type { Device } from './device.ts';
import { type Memories, memoriesOfBroker, memoriesOfClient } from './memory.ts';
import { type ParcelEvents, ParcelView } from './parcel-view.ts';
import type { Direction, Parcel } from './wire.ts';
import type { World } from './world.ts';

const QOS = [
  ['0', 'QoS 0'],
  ['1', 'QoS 1'],
  ['2', 'QoS 2'],
] as const;

export interface LineEvents extends ParcelEvents {
  move(move: string): void;
}

export class LineView {
  readonly element: HTMLElement;
  private readonly device: Device;
  private readonly world: World;
  private readonly events: LineEvents;
  private readonly wire = h('div', { class: 'wire', tabindex: '-1', role: 'group' });
  private readonly lanes: Readonly<Record<Direction, HTMLElement>>;
  private readonly client = new MemoryView();
  private readonly broker = new MemoryView();
  private readonly state = h('span', { class: 'state' });
  private readonly keep = h('input', { type: 'checkbox' });
  private readonly toggle: HTMLButtonElement;
  private readonly cut: HTMLButtonElement;
  private readonly publish: HTMLButtonElement;
  private readonly parcels = new Map<number, ParcelView>();

  constructor(world: World, device: Device, events: LineEvents) {
    const { clientId, topic } = device.options;
    this.world = world;
    this.device = device;
    this.events = events;
    this.keep.checked = !device.cleanSession;
    const qos = select(QOS, `${world.challenge.qos}`);
    qos.setAttribute('aria-label', 'QoS of the message');
    const retain = h('input', { type: 'checkbox' });
    const publish = () =>
      events.move(`publish-${clientId}-${Number(qos.value) as QoS}${retain.checked ? '-retain' : ''}`);
    this.publish = button('Publish', publish, { class: 'primary' });
    this.toggle = button('Connect', () => this.connectOrDisconnect());
    this.cut = button('Cut the line', () => events.move(`cut-${clientId}`), {
      'aria-label': `Cut the line of the ${clientId}`,
    });
    this.lanes = { up: lane(`From the ${clientId} to the broker`), down: lane(`From the broker to the ${clientId}`) };
    this.wire.append(this.lanes.up, this.lanes.down);
    this.wire.setAttribute('aria-label', `The ${clientId}’s line`);
    this.element = h(
      'section',
      { class: 'line', 'aria-label': clientId },
      h('div', { class: 'ends' }, h('h2', {}, clientId), this.state, h('span', {}, 'broker')),
      this.wire,
      h(
        'div',
        { class: 'row' },
        topic !== undefined && this.publish,
        topic !== undefined && qos,
        topic !== undefined && world.challenge.name === 'free' && ticked('RETAIN', retain),
        this.cut,
        this.toggle,
        ticked('Keep the session', this.keep),
      ),
      h('div', { class: 'of-client' }, h('h3', {}, `The ${clientId} remembers`), this.client.element),
      h('div', { class: 'of-broker' }, h('h3', {}, 'The broker remembers'), this.broker.element),
    );
  }

  get clientId(): string {
    return this.device.options.clientId;
  }

  /** @param opened the packet that is looked at */
  draw(opened: Parcel | undefined): void {
    const { world, device, parcels } = this;
    const shown = world.wire.parcels.filter(({ clientId }) => clientId === this.clientId);
    const hadFocus = this.wire.contains(document.activeElement);
    for (const [id, view] of parcels)
      if (!shown.some((parcel) => parcel.id === id)) {
        view.element.remove();
        parcels.delete(id);
      }
    for (const parcel of shown) {
      let view = parcels.get(parcel.id);
      if (view === undefined) {
        view = new ParcelView(parcel, this.events);
        parcels.set(parcel.id, view);
        this.lanes[parcel.direction].append(view.element);
      }
      view.draw(world.clock.now(), parcel === opened);
    }
    if (hadFocus && !this.wire.contains(document.activeElement)) this.focus();
    this.drawState();
    this.client.draw(memoriesOfClient(device));
    this.broker.draw(memoriesOfBroker(world.broker, device));
  }

  /** Goes to the next packet of this line, or to the line when there is none. */
  focus(): void {
    const [next] = this.parcels.values();
    (next?.button ?? this.wire).focus();
  }

  private drawState(): void {
    const { device } = this;
    const isClosed = device.state === 'closed';
    this.state.className = `state ${device.state}`;
    this.state.textContent = isClosed ? 'not connected' : device.state;
    this.toggle.textContent = isClosed ? 'Connect' : 'Disconnect';
    this.toggle.setAttribute('aria-label', `${isClosed ? 'Connect' : 'Disconnect'} the ${this.clientId}`);
    this.keep.disabled = !isClosed;
    this.publish.disabled = isClosed;
    this.cut.disabled = !this.world.wire.hasLine(this.clientId);
    this.wire.classList.toggle('cut', this.cut.disabled);
  }

  private connectOrDisconnect(): void {
    const how = this.keep.checked ? 'keep' : 'clean';
    const isClosed = this.device.state === 'closed';
    this.events.move(isClosed ? `connect-${this.clientId}-${how}` : `disconnect-${this.clientId}`);
  }
}

function lane(label: string): HTMLElement {
  return h('ol', { class: 'track', 'aria-label': label });
}

/** What one end remembers. What has changed is marked for a moment. */
export class MemoryView {
  readonly element = h('dl', { class: 'memory' });
  private drawn: Memories = [];

  draw(memories: Memories): void {
    if (`${memories}` === `${this.drawn}`) return;
    const before = new Map(this.drawn.map(([what, items]) => [what, `${items}`]));
    this.element.replaceChildren(
      ...memories.map(([what, items]) =>
        h(
          'div',
          { class: before.size > 0 && before.get(what) !== `${items}` ? 'changed' : '' },
          h('dt', {}, what),
          ...(items.length > 0 ? items : ['nothing']).map((item) =>
            h('dd', { class: items.length > 0 ? '' : 'none' }, item),
          ),
        ),
      ),
    );
    this.drawn = memories;
  }
}
