// One simulation: the real client against the broker of mqtt311/testing, in a world in which nothing happens by chance.
import type { TransportEvents } from '../../../src/client/client.ts';
import { Application } from './application.ts';
import { Broker } from './broker.ts';
import { Ledger } from './ledger.ts';
import { Memory } from './memory.ts';
import { Network } from './network.ts';
import type { Action, Plan } from './plan.ts';
import { Random } from './random.ts';
import { Time } from './time.ts';
import { type Violation, Witness } from './witness.ts';

/** How long a plan may take after its last action, in milliseconds of its own time. */
const PATIENCE = 6 * 3_600_000;

export interface Outcome {
  readonly violation: Violation | undefined;
  /** Of all that happened, byte by byte. */
  readonly hash: string;
  readonly connections: number;
  readonly trace: readonly string[];
}

/** More events than this in one instant, and it goes round in circles. */
const MOST_AT_ONCE = 50_000;

/** What lives in one simulation. */
export class World {
  readonly time = new Time();
  readonly ledger = new Ledger();
  readonly witness: Witness;
  readonly broker: Broker;
  readonly memory: Memory;
  readonly plan: Plan;
  /** What the processes leave to chance. */
  readonly chance: Random;
  /** Connections that are not over. */
  connections: Network[] = [];
  application: Application | undefined;
  /** The payloads that the client was given, by the application and by the network, if somebody wants to know. */
  payloads: WeakRef<Uint8Array>[] | undefined;
  connectionCount = 0;
  /** The last client is closed. */
  isClosed = false;
  private processCount = 0;
  private actionsLeft: number;
  private isClosing = false;
  private quietOn = 0; // the connection on which all was quiet when this was last looked at; 0: none
  /** Messages that a process has left behind, and that the next must send. */
  private readonly mustArrive = new Set<number>();
  private readonly haste: Random;

  constructor(plan: Plan) {
    const { seed, setting } = plan;
    this.plan = plan;
    this.chance = new Random(seed, 1);
    this.haste = new Random(seed, 2);
    this.witness = new Witness(this.time, setting, this.ledger);
    this.broker = new Broker(this.time, setting, this.ledger, (why) => this.witness.illegal(why));
    this.memory = new Memory(this.time, new Random(seed, 3), setting.storeDelay, this.witness);
    this.actionsLeft = plan.actions.length;
    this.launch();
    for (const action of plan.actions) this.time.schedule(action.at, () => this.act(action));
    this.time.schedule(plan.actions.at(-1)?.at ?? 0, () => this.look());
  }

  async run(): Promise<void> {
    const { time, witness } = this;
    const { haste } = this.plan.setting;
    await settled();
    let since = 0;
    let steps = 0;
    while (witness.violation === undefined && !this.isClosed) {
      const event = time.step();
      if (event === undefined) break;
      steps = event.at === since ? steps + 1 : 0;
      since = event.at;
      if (steps > MOST_AT_ONCE) witness.fail('g', 'time stands still: a timer of no delay, again and again');
      if (!witness.isTouched) continue;
      if (time.mayHurryAfter(event) && this.haste.chance(haste)) continue;
      witness.isTouched = false;
      await settled();
    }
    while (witness.violation === undefined && time.step()); // the broker hears the rest
  }

  connection(application: Application, events: TransportEvents): Network {
    this.connections = this.connections.filter(({ isOver }) => !isOver);
    this.connectionCount += 1;
    const number = this.connectionCount;
    const faults = this.plan.faults.filter(({ connection }) => connection === number);
    const has = (kind: string) => faults.some((fault) => fault.kind === kind);
    if (has('refuse')) this.broker.refuses = true;
    const random = new Random(this.plan.seed, 1_000 + number);
    const connection = new Network(
      number,
      { time: this.time, random, setting: this.plan.setting },
      faults.filter(({ kind }) => kind !== 'refuse' && kind !== 'unreachable'),
      this.witness,
      this.broker,
      events,
      () => this.broker.isUp && !has('unreachable'),
    );
    if (application.isAlive) this.connections.push(connection);
    else connection.die();
    return connection;
  }

  /**
   * Chance for a process. Processes that follow each other draw from parts of their own, so that no two begin near the
   * same packet identifier: else one seed in some thousand would find what only a store can prevent.
   */
  chanceOf(process: number): Pick<Random, 'float'> {
    if (!this.plan.setting.isMortal) return this.chance;
    return { float: () => (((this.plan.seed + process) % 8) + 0.9 * this.chance.float()) / 8 };
  }

  private launch(): void {
    this.witness.touched();
    this.processCount += 1;
    this.application = new Application(this, this.processCount);
  }

  private act(action: Action): void {
    this.actionsLeft -= 1;
    if (this.isClosing) return;
    const { application, broker, time } = this;
    this.witness.note(action.kind);
    this.witness.touched();
    switch (action.kind) {
      case 'offer':
        if (broker.offer(action.number, action.topic, action.qos, action.failures) || !action.waits) return;
        this.actionsLeft += 1;
        return void time.schedule(1, () => this.act(action));
      case 'restart':
        return broker.restart(action);
      case 'forget':
        return broker.forget();
      case 'kill':
        return application && this.kill(application, action.away, action.lastWrite);
      case 'leave':
        return application && this.leave(application, action.away);
      case 'close':
        return this.close();
      default:
        if (application !== undefined) application.obey(action);
        else this.waiting.push(action);
    }
  }
  private waiting: Action[] = []; // for the next process

  private kill(application: Application, away: number, lastWrite: boolean): void {
    this.memory.kill(lastWrite);
    application.die();
    for (const connection of this.connections) connection.die();
    this.await(away);
  }

  private leave(application: Application, away: number): void {
    this.application = undefined;
    for (const { qos, number, fate } of this.ledger.outbound.values())
      if (qos > 0 && fate === 'pending' && this.plan.setting.durable) this.mustArrive.add(number);
    application.close(() => {
      application.die();
      this.await(away);
    });
  }

  private await(away: number): void {
    this.application = undefined;
    this.connections = [];
    for (const message of this.ledger.outbound.values()) if (message.fate === 'pending') message.fate = 'rejected';
    for (const record of this.memory.records.values()) {
      const number =
        'payload' in record ? new DataView(record.payload.buffer, record.payload.byteOffset).getUint32(0) : 0;
      if (number > 0) this.mustArrive.add(number);
    }
    this.witness.processEnded(this.memory.records);
    this.time.schedule(away, () => {
      this.launch();
      for (const action of this.waiting.splice(0)) this.application!.obey(action);
      if (this.isClosing) this.close();
    });
  }

  // ---- the end

  // looks from time to time whether all is done, or whether it never will be
  private look(): void {
    const { application, broker, time } = this;
    if (this.isClosing) return;
    const isQuiet = this.actionsLeft === 0 && application?.client?.state === 'online' && application.pending === 0;
    this.witness.touched();
    // in a session that it takes for another, the client keeps identifiers of messages that nobody releases any more
    const isKept = [...this.memory.records.keys()].some(
      (key) => key.startsWith('out/') || this.ledger.known.has(broker.sessionNumber),
    );
    const isHeard = !this.connections.some(({ isSilenced }) => isSilenced);
    if (isQuiet && isHeard && broker.isIdle && !isKept && broker.isConnected) {
      if (this.quietOn === this.connectionCount) {
        // a SUBSCRIBE that restores what was lost may be stalled
        if (this.connections.some(({ isBusy }) => isBusy)) return void time.schedule(100, () => this.look());
        this.checkDelivered();
        return this.close();
      }
      this.quietOn = this.connectionCount; // what is on its way without a promise, as a SUBACK, still comes
      return void time.schedule(1_000, () => this.look());
    }
    this.quietOn = 0;
    const age = time.now - 1_000_000 - (this.plan.actions.at(-1)?.at ?? 0);
    if (age > PATIENCE)
      return this.witness.fail(
        'g',
        `stuck: ${application?.pending} promises, ${application?.client?.state}, broker ${broker.isIdle ? 'idle' : 'busy'}, ${this.memory.records.size} records`,
      );
    // a message whose handler has failed comes again with the next connection
    if (isQuiet && !broker.isIdle && age > 120_000) broker.hangUp();
    time.schedule(age < 10_000 ? 500 : 20_000, () => this.look());
  }

  private close(): void {
    this.isClosing = true;
    const { application } = this;
    application?.close(() => {
      // a loop ends when its message is processed
      this.time.schedule(50, () => {
        this.witness.must(application.loops === 0, 'g', () => 'a loop goes on after close');
        this.checkCounts();
        this.isClosed = true;
      });
    });
  }

  private checkDelivered(): void {
    const { witness, broker, ledger } = this;
    for (const message of ledger.inbound.values()) {
      const { number, qos, topic, session, processed } = message;
      const isOpen = qos > 0 && topic.startsWith('in/') && session === broker.sessionNumber;
      if (isOpen && ledger.mustArrive(message))
        witness.must(processed > 0, 'b', () => `QoS ${qos} message ${number} is never delivered`);
    }
    for (const number of this.mustArrive) {
      const hasArrived = ledger.outbound.get(number)!.passedOnIn.length > 0;
      const isKnownToBeLost = witness.lostAfterPubrec.has(number) || witness.lostUnseen.has(number);
      witness.must(hasArrived || isKnownToBeLost, 'k', () => `message ${number} was left behind, and never arrives`);
    }
    const wanted = new Set([...this.application!.held.values()].flat());
    for (const filter of wanted)
      witness.must(broker.session!.subscriptions.has(filter), 'e', () => `the subscription to ${filter} is lost`);
    if (this.processCount > 1) return;
    for (const filter of broker.session!.subscriptions.keys())
      witness.must(filter === 'in/#' || wanted.has(filter), 'e', () => `the subscription to ${filter} has come back`);
  }

  private checkCounts(): void {
    const { passesOn } = this.plan.setting;
    for (const { number, qos, passedOnIn } of this.ledger.outbound.values()) {
      // a broker that passes on before the PUBREL does so again when it has lost the session, and the client says it again
      const most = passesOn === 'PUBLISH' && qos === 2 ? new Set(passedOnIn).size : 1;
      const isOnce = qos === 1 || passedOnIn.length <= most;
      this.witness.must(isOnce, 'b', () => `QoS ${qos} message ${number} is passed on ${passedOnIn.length} times`);
    }
  }
}

/** Lets everything run that waits for a promise. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

export async function simulate(plan: Plan, isTraced = false): Promise<Outcome> {
  const world = new World(plan);
  if (isTraced) world.witness.trace = [];
  await world.run();
  const { violation, hash, hash2, trace = [] } = world.witness;
  const half = (number: number) => (number >>> 0).toString(16).padStart(8, '0');
  return { violation, hash: half(hash) + half(hash2), connections: world.connectionCount, trace };
}
