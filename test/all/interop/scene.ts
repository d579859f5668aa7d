// One test with one broker: its clients, and what they expect.
import type { TestContext } from 'vitest';
import type { ConnectOptions, MessageHandler, QoS } from '../../../src/index.node.ts';
import type { Behaviour, Fault } from './brokers.ts';
import { Peer, type Received } from './peer.ts';
import type { ReachableBroker, Scheme } from './start.ts';

const END = 'the end';
const LOG_TAIL = 4_000;
let scenes = 0;

export class Scene {
  readonly broker: Behaviour;
  readonly topic: string;
  private readonly running: ReachableBroker;
  private readonly scheme: Scheme;
  private readonly context: TestContext;
  private clients = 0;

  constructor(broker: Behaviour, running: ReachableBroker, scheme: Scheme, context: TestContext) {
    this.broker = broker;
    this.running = running;
    this.scheme = scheme;
    this.context = context;
    this.topic = `interop/s${++scenes}`;
    context.onTestFailed(() => console.error(`${broker.name} said:\n${running.log().slice(-LOG_TAIL)}`));
  }

  async open(options: ConnectOptions = {}): Promise<Peer> {
    const { username, password } = this.broker;
    const clientId = `${this.topic.replace('/', '')}c${++this.clients}`;
    const all = { clientId, username, password, ...options };
    const peer = await Peer.open(this.running.url(this.scheme), this.running.ca, all);
    this.context.onTestFinished(() => peer.client.close());
    return peer;
  }

  /** Someone who listens to the topic of the test. */
  async listener(qos: QoS, options: ConnectOptions = {}, handler?: MessageHandler): Promise<Peer> {
    const peer = await this.open(options);
    const acknowledge = 'on-success'; // a message whose handler fails comes again
    await peer.client.subscribe(this.topic, { qos, acknowledge }, handler ?? peer.inbox.take);
    return peer;
  }

  /** What reaches this listener, up to now. */
  async received(listener: Peer, sender: Peer, qos: QoS): Promise<Received[]> {
    await this.roundTrip(sender);
    await sender.client.publish(this.topic, END, { qos: this.granted(qos) });
    return listener.inbox.until(END);
  }

  /** The broker has taken what this client published before, also with QoS 0. */
  roundTrip({ client }: Peer): Promise<void> {
    return client.publish(`${this.topic}/aside`, '', { qos: 1 });
  }

  /** Cuts a client whose will goes to `gone`, and waits until the broker has noticed. */
  async cut(peer: Peer, witness: Peer): Promise<void> {
    const gone = new Promise<void>((resolve, reject) => {
      witness.client.subscribe(this.gone, { qos: 1 }, () => resolve()).then(async () => peer.cut(), reject);
    });
    await gone;
  }

  get gone(): string {
    return `${this.topic}/gone`;
  }

  granted(qos: QoS): QoS {
    return Math.min(qos, this.broker.maxQos) as QoS;
  }

  has(fault: Fault): boolean {
    return this.broker.faults.includes(fault);
  }
}
