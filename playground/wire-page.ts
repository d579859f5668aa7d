// Hold the wire: clients and a broker in this page, and a wire on which every packet waits for the reader.
import { Packets } from '../src/explain/packets.ts';
import { ByteView } from './byte-view.ts';
import { button, h, labelled, select, ticked } from './dom.ts';
import type { Changed, Page } from './page.ts';
import { addressOf } from './standard.ts';
import { challenges } from './wire/challenge.ts';
import { LineView, MemoryView } from './wire/line-view.ts';
import { retainedBy } from './wire/memory.ts';
import { type Action, summaryOf, titleOf } from './wire/parcel-view.ts';
import type { Parcel } from './wire/wire.ts';
import { type Entry, World } from './wire/world.ts';
import { seconds } from './words.ts';

/** Milliseconds between two looks at the clock. */
const TICK = 50;

const SPEEDS = [
  ['Pause', 0],
  ['Run', 1],
  ['Race', 20],
] as const;

/** More moves than this, in characters, and more than an hour make no link. */
const LONGEST_LINK = 1_500;
const LONGEST_TIME = 3_600_000;

export class WirePage implements Page {
  readonly name = 'wire';
  readonly title = 'Hold the wire';
  readonly element: HTMLElement;
  private readonly changed: Changed;
  private readonly picker = select(challenges.map(({ name, title }) => [name, title] as const));
  private readonly task = h('section', { class: 'task', 'aria-label': 'Challenge' });
  private readonly verdict = h('p', { role: 'status' });
  private readonly next = button('Next challenge', () => this.goOn());
  private readonly goal = h('div', { class: 'goal' }, this.verdict, this.next);
  private readonly status = h('div', { class: 'status', role: 'status' });
  private readonly hold = h('input', { type: 'checkbox' });
  private readonly time = h('output', { class: 'clock', 'aria-live': 'off' });
  private readonly speeds: readonly HTMLButtonElement[];
  private readonly stage = h('div', { class: 'lines' });
  private readonly retained = new MemoryView();
  private readonly log = h('ol', { class: 'log', 'aria-label': 'Packets that left the wire, the last one first' });
  private readonly packet = h('section', { class: 'opened', 'aria-label': 'The packet that is looked at' });
  private readonly view = new ByteView({ label: 'Bytes of the packet that is looked at' });
  private lines: readonly LineView[] = [];
  private world!: World;
  private speed = 1;
  private isTicking = false;
  private opened: Parcel | undefined;
  private logged: Entry | undefined; // the last one that is drawn

  constructor(changed: Changed) {
    this.changed = changed;
    this.speeds = SPEEDS.map(([label, speed]) => button(label, () => this.setSpeed(speed)));
    this.picker.addEventListener('change', () => this.begin(this.picker.value));
    this.hold.addEventListener('change', () => this.move(`hold-${this.hold.checked ? 'on' : 'off'}`));
    this.element = h(
      'section',
      { class: 'page wire-page' },
      h('h1', {}, this.title),
      h(
        'p',
        { class: 'lead' },
        'Clients and a broker talk MQTT in this page. Each packet stops halfway, and you say what becomes of it.',
      ),
      labelled('Challenge', this.picker),
      this.task,
      this.goal,
      h(
        'div',
        { class: 'row controls' },
        ticked('Hold every packet', this.hold),
        button('Deliver all', () => this.move('deliver-all')),
        h('div', { class: 'row', role: 'group', 'aria-label': 'The clock' }, this.time, ...this.speeds),
        button('Step 1 s', () => this.step()),
        button('Start again', () => this.begin(this.world.challenge.name)),
      ),
      this.status,
      h(
        'p',
        { class: 'hint' },
        'Drag a packet to the other end to deliver it, back to delay it by 5 s, and off the wire to drop it. ' +
          'With the keyboard: Enter delivers, D delays, Delete drops, Space shows the bytes.',
      ),
      this.stage,
      h(
        'div',
        { class: 'memories' },
        h('div', {}, h('h2', {}, 'For everyone'), this.retained.element),
        h('div', {}, h('h2', {}, 'What became of the packets'), this.log),
      ),
    );
    this.begin('twice');
    setInterval(() => this.tick(), TICK);
  }

  load(params: URLSearchParams): void {
    const name = params.get('challenge');
    const moves = params.get('moves');
    if (name === null) return;
    this.begin(name);
    if (moves === null) return;
    this.setSpeed(0);
    void this.replay(moves.split('.'));
  }

  share(): Record<string, string> {
    const moves = this.world.moves.join('.');
    const isShort = moves !== '' && moves.length <= LONGEST_LINK && this.world.elapsed < LONGEST_TIME;
    return { challenge: this.world.challenge.name, ...(isShort && { moves }) };
  }

  private begin(name: string): void {
    const challenge = challenges.find((one) => one.name === name) ?? challenges[0]!;
    const world = new World(challenge);
    this.world = world;
    this.opened = undefined;
    this.logged = undefined;
    this.picker.value = challenge.name;
    this.setSpeed(1);
    this.status.replaceChildren();
    this.stage.replaceChildren();
    this.lines = [];
    this.task.replaceChildren(
      h('p', {}, challenge.task),
      h(
        'p',
        { class: 'reason' },
        challenge.reason,
        ' ',
        h('a', { href: addressOf(challenge.section) }, challenge.section),
      ),
    );
    void world.settled.then(() => {
      if (this.world !== world) return;
      const events = {
        move: (move: string) => this.move(move),
        act: (action: Action, parcel: Parcel) => this.move(`${action}-${parcel.id}`),
        open: (parcel: Parcel) => this.open(parcel),
      };
      this.lines = Array.from(world.devices.values(), (device) => new LineView(world, device, events));
      this.stage.replaceChildren(...this.lines.map(({ element }) => element));
      this.draw();
    });
    this.changed();
  }

  private goOn(): void {
    const index = challenges.indexOf(this.world.challenge);
    this.begin(challenges[index + 1]!.name); // The last one has no goal.
    this.picker.focus();
  }

  private async replay(moves: readonly string[]): Promise<void> {
    const { world } = this;
    for (const move of moves) {
      try {
        await world.perform(move);
      } catch (error) {
        if (this.world === world) this.tell(error as Error);
        return;
      }
    }
    if (this.world !== world) return;
    this.draw();
    this.changed();
  }

  private move(move: string): void {
    const { world } = this;
    this.status.replaceChildren();
    world.perform(move).then(
      () => {
        if (this.world !== world) return;
        this.draw();
        this.changed();
      },
      (error) => this.tell(error),
    );
  }

  private tell(error: Error): void {
    this.status.replaceChildren(h('p', { class: 'refusal' }, error.message));
  }

  private step(): void {
    this.setSpeed(0);
    this.move('time-1000');
  }

  private setSpeed(speed: number): void {
    this.speed = speed;
    for (const [i, one] of this.speeds.entries()) one.setAttribute('aria-pressed', `${SPEEDS[i]![1] === speed}`);
  }

  /** Time passes only while somebody looks. */
  private tick(): void {
    const { world } = this;
    if (this.speed === 0 || this.isTicking || this.element.hidden || document.hidden) return;
    this.isTicking = true;
    void world.perform(`time-${TICK * this.speed}`).then(() => {
      this.isTicking = false;
      if (this.world === world) this.draw();
    });
  }

  private draw(): void {
    const { world } = this;
    this.hold.checked = world.wire.isHolding;
    this.time.textContent = seconds(world.elapsed);
    for (const line of this.lines) line.draw(this.opened);
    this.retained.draw([['retained', retainedBy(world.broker)]]);
    this.drawVerdict();
    this.drawLog();
    if (this.opened && !world.wire.parcels.includes(this.opened)) this.close();
  }

  private drawVerdict(): void {
    const { isReached, says } = this.world.verdict;
    const text = isReached ? `Reached. ${says}` : says;
    if (this.verdict.textContent === text) return; // it is read out when it changes
    this.verdict.textContent = text;
    this.goal.hidden = text === '';
    this.next.hidden = !isReached;
    this.goal.classList.toggle('reached', isReached);
  }

  private drawLog(): void {
    const { log } = this.world;
    if (log.at(-1) === this.logged) return;
    this.logged = log.at(-1);
    this.log.replaceChildren(...log.toReversed().map((entry) => this.entry(entry)));
  }

  private entry({ at, parcel, fate }: Entry): HTMLElement {
    const { clientId, direction } = parcel;
    const way = direction === 'up' ? `${clientId} → broker` : `broker → ${clientId}`;
    const look = button(`${titleOf(parcel)} ${summaryOf(parcel)}`, () => this.open(parcel), { class: 'quiet' });
    const what = parcel.isEnd ? h('span', {}, 'end of the connection') : look;
    return h(
      'li',
      { class: fate },
      h('time', {}, seconds(at)),
      h('span', {}, way),
      what,
      h('span', { class: 'fate' }, fate),
    );
  }

  /** Shows the bytes of a packet: under its line with what can be done about it, or under the log. */
  private open(parcel: Parcel): void {
    const line = this.lines.find(({ clientId }) => clientId === parcel.clientId)!;
    const isOnWire = this.world.wire.parcels.includes(parcel);
    const act = (label: string, action: Action) =>
      button(label, () => {
        this.move(`${action}-${parcel.id}`);
        line.focus();
      });
    this.opened = isOnWire ? parcel : undefined;
    this.packet.replaceChildren(
      h('h3', {}, `${titleOf(parcel)} ${summaryOf(parcel)}`),
      h(
        'div',
        { class: 'row' },
        isOnWire && act('Deliver', 'deliver'),
        isOnWire && act('Delay by 5 s', 'delay'),
        isOnWire && act('Drop', 'drop'),
        button('Close', () => {
          this.close();
          line.focus();
        }),
      ),
      this.view.element,
    );
    this.view.open(new Packets(parcel.bytes));
    if (isOnWire) line.element.append(this.packet);
    else this.log.parentElement!.append(this.packet);
    this.draw();
  }

  private close(): void {
    this.opened = undefined;
    this.packet.remove();
  }
}
