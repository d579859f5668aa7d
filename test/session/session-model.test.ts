// The session against a second one: plain lists, searched from end to end, and no state table.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Packet, puback, pubcomp, pubrec, pubrel, type QoS, suback, unsuback } from '../../src/codec/codec.ts';
import { QueueFullError } from '../../src/session/error.ts';
import { same } from '../support/same.ts';
import { message, World } from '../support/world.ts';

const OPTIONS = { maxInflight: 3, maxQueued: 3 };

type Phase = 'waiting' | 'sent' | 'released';

interface Outbound {
  readonly kind: 'publish' | 'subscribe' | 'unsubscribe';
  readonly name: string;
  readonly qos: QoS;
  /** Requests that restore a subscription, which settle nothing. */
  readonly restored?: readonly string[];
  id: number;
  phase: Phase;
}

interface Inbound {
  readonly qos: QoS;
  readonly id: number;
  fate: 'processing' | 'accepted' | 'rejected';
  /** Whether this connection owes its acknowledgement. */
  isOwed: boolean;
  /** QoS 2: whether its identifier still stands for it. */
  isKnown: boolean;
}

class Model {
  isOnline = false;
  lastId = 0;
  counter = 0;
  outbound: Outbound[] = []; // what is sent: in the order of its last packet
  inbound: Inbound[] = [];
  desired: string[] = [];
  known: string[] = []; // filters that are granted, asked for or being left, in the order in which they became so
  log: string[] = [];

  sent = () => this.outbound.filter(({ phase }) => phase !== 'waiting');
  waiting = (isRequest: boolean) =>
    this.outbound.filter(({ phase, kind }) => phase === 'waiting' && (kind !== 'publish') === isRequest);

  send(exchange: Outbound, isAgain = false): void {
    const { kind, name, qos, id } = exchange;
    if (kind === 'subscribe') this.log.push(`SUBSCRIBE #${id} ${name}:1`);
    if (kind === 'unsubscribe') this.log.push(`UNSUBSCRIBE #${id} ${name}`);
    if (kind === 'publish') this.log.push(`PUBLISH ${name}${qos ? ` q${qos} #${id}` : ''}${isAgain ? ' dup' : ''}`);
  }

  start(exchange: Outbound): void {
    if (exchange.kind === 'publish' && exchange.qos === 0) {
      this.send(exchange);
      this.log.push(`${exchange.name} done`);
      this.outbound = this.outbound.filter((other) => other !== exchange);
      return;
    }
    this.lastId += 1;
    exchange.id = this.lastId;
    exchange.phase = 'sent';
    this.moveToEnd(exchange);
    this.send(exchange);
  }

  moveToEnd(exchange: Outbound): void {
    this.outbound = [...this.outbound.filter((other) => other !== exchange), exchange];
  }

  hasRoom = (qos: QoS) =>
    qos === 0 || this.sent().filter((one) => one.kind === 'publish' && one.qos === qos).length < OPTIONS.maxInflight;

  /** A SUBSCRIBE waits while an UNSUBSCRIBE of the same filter has no answer. */
  mustWait({ kind, name, restored = [name] }: Outbound): boolean {
    const isUnderWay = this.sent().some((one) => one.kind !== 'publish');
    const left = this.outbound.filter((one) => one.kind === 'unsubscribe').map((one) => one.name);
    return kind === 'subscribe' && isUnderWay && restored.some((one) => left.includes(one));
  }

  startRequests(): void {
    for (const request of this.waiting(true)) {
      if (this.mustWait(request)) return;
      this.start(request);
    }
  }

  startAll(): void {
    if (!this.isOnline) return;
    this.startRequests();
    for (const publish of this.waiting(false)) if (this.hasRoom(publish.qos)) this.start(publish);
  }

  /** Of requests that have no answer, or of those of one kind. */
  filtersUnderWay(kinds: readonly string[] = ['subscribe', 'unsubscribe']): string[] {
    const requests = this.outbound.filter(({ kind }) => kinds.includes(kind));
    return requests.flatMap(({ name, restored = [name] }) => restored);
  }

  learn(): void {
    const underWay = this.filtersUnderWay();
    this.known = this.known.filter((one) => this.desired.includes(one) || underWay.includes(one));
    this.known.push(...new Set(underWay.filter((one) => !this.known.includes(one))));
  }

  acknowledge(): void {
    for (const qos of [1, 2] as const) {
      const owed = this.inbound.filter((one) => one.qos === qos && one.isOwed);
      for (const one of owed) {
        if (one.fate === 'processing') break;
        one.isOwed = false;
        if (one.fate === 'accepted') this.log.push(`${qos === 1 ? 'PUBACK' : 'PUBREC'} #${one.id}`);
      }
    }
  }

  finish(exchange: Outbound, how: string): void {
    this.outbound = this.outbound.filter((other) => other !== exchange);
    if (how !== '') this.log.push(`${exchange.name} ${how}`);
    this.startAll();
  }

  happened(): string[] {
    return this.log.splice(0);
  }
}

interface Real {
  readonly world: World;
  /** Beside the model's inbound messages, in the same order. */
  readonly exchanges: Map<string, ReturnType<World['publish']>>;
}

type Command = fc.Command<Model, Real>;

/** A command that both obey, and then have done the same. */
function command(
  name: string,
  canRun: (model: Model) => boolean,
  obey: (model: Model) => void,
  run: (real: Real, model: Model) => void,
): Command {
  return {
    check: canRun,
    run(model, real) {
      run(real, model); // first: it may look at what the model knows of before
      obey(model);
      model.learn();
      const { inflightCount, queuedCount } = real.world.session;
      const waiting = model.outbound.length - model.sent().length;
      same([real.world.happened(), inflightCount, queuedCount], [model.happened(), model.sent().length, waiting]);
    },
    toString: () => name,
  };
}

const publishing = (qos: QoS) => {
  const name = (model: Model) => `m${model.counter}`;
  const isRefused = (model: Model) =>
    model.waiting(false).length >= OPTIONS.maxQueued && !(model.isOnline && model.hasRoom(qos));
  return command(
    `publish QoS ${qos}`,
    () => true,
    (model) => {
      const refused = isRefused(model);
      const exchange: Outbound = { kind: 'publish', name: name(model), qos, id: 0, phase: 'waiting' };
      model.counter += 1;
      if (refused) return;
      model.outbound.push(exchange);
      model.startAll();
    },
    ({ world, exchanges }, model) => {
      const publish = () => exchanges.set(name(model), world.publish(name(model), qos));
      if (isRefused(model)) expect(publish).toThrow(QueueFullError);
      else publish();
    },
  );
};

const requesting = (kind: 'subscribe' | 'unsubscribe', filter: string) =>
  command(
    `${kind} ${filter}`,
    () => true,
    (model) => {
      if (kind === 'unsubscribe') model.desired = model.desired.filter((other) => other !== filter);
      model.outbound.push({ kind, name: filter, qos: 0, id: 0, phase: 'waiting' });
      model.startAll();
    },
    ({ world }) => void world[kind](filter),
  );

const cancelling = (k: number) => {
  const chosen = (model: Model) => {
    const waiting = model.waiting(false);
    return waiting[k % waiting.length];
  };
  return command(
    'cancel',
    (model) => chosen(model) !== undefined,
    (model) => {
      const exchange = chosen(model);
      model.outbound = model.outbound.filter((other) => other !== exchange);
    },
    ({ world, exchanges }, model) => expect(world.session.cancel(exchanges.get(chosen(model)!.name)!)).toBe(true),
  );
};

/** The broker acknowledges one of the packets sent, as it should, or says PUBREC once more. */
const acknowledging = (k: number, isRepeated: boolean) => {
  const chosen = (model: Model) => {
    const sent = model.sent();
    return sent[k % sent.length];
  };
  const answer = ({ kind, qos, id, phase, restored = [''] }: Outbound): Packet => {
    if (kind === 'subscribe') return suback({ packetId: id, returnCodes: restored.map(() => 1) });
    if (kind === 'unsubscribe') return unsuback(id);
    if (qos === 1) return puback(id);
    return phase === 'released' && !isRepeated ? pubcomp(id) : pubrec(id);
  };
  return command(
    'acknowledge',
    (model) => model.isOnline && chosen(model) !== undefined,
    (model) => {
      const exchange = chosen(model)!;
      const { kind, name, qos, id, phase } = exchange;
      if (kind === 'subscribe') {
        const filters = exchange.restored ?? [name];
        // what is granted again keeps its place
        const left = model.outbound.filter((other) => other.kind === 'unsubscribe').map((other) => other.name);
        model.desired.push(...filters.filter((filter) => !model.desired.includes(filter) && !left.includes(filter)));
        return model.finish(exchange, exchange.restored ? '' : 'granted 1');
      }
      if (kind === 'unsubscribe') {
        model.desired = model.desired.filter((other) => other !== name);
        return model.finish(exchange, 'left');
      }
      if (qos === 1 || (phase === 'released' && !isRepeated)) return model.finish(exchange, 'done');
      exchange.phase = 'released';
      model.moveToEnd(exchange);
      model.log.push(`PUBREL #${id}`);
    },
    ({ world }, model) => world.receive(answer(chosen(model)!)),
  );
};

const disconnecting = () =>
  command(
    'disconnected',
    (model) => model.isOnline,
    (model) => {
      model.isOnline = false;
      for (const one of model.inbound) one.isOwed = false;
    },
    ({ world }) => world.session.disconnected(),
  );

const LOST = 'failed: the session may be lost after the PUBREC: the message may be delivered or not [MQTT-3.1.2-4]';

const connecting = (sessionPresent: boolean) =>
  command(
    `connected, session ${sessionPresent ? 'present' : 'lost'}`,
    (model) => !model.isOnline,
    (model) => {
      model.isOnline = true;
      const unacknowledged = model.sent().filter(({ kind }) => kind === 'publish');
      for (const request of model.sent().filter(({ kind }) => kind !== 'publish')) model.send(request);
      if (!sessionPresent) {
        for (const one of model.inbound) one.isKnown = false;
        const asked = model.filtersUnderWay(['subscribe']);
        const lost = model.known.filter((filter) => model.desired.includes(filter) && !asked.includes(filter));
        const common = { kind: 'subscribe', qos: 0, id: 0, phase: 'waiting' } as const;
        if (lost.length > 0) model.outbound.push({ ...common, name: lost.join(':1 '), restored: lost });
        if (lost.length > 0) model.startRequests();
      }
      for (const exchange of unacknowledged) {
        if (exchange.phase !== 'released') model.send(exchange, sessionPresent && exchange.kind === 'publish');
        else if (sessionPresent) model.log.push(`PUBREL #${exchange.id}`);
        else {
          model.outbound = model.outbound.filter((other) => other !== exchange);
          model.log.push(`${exchange.name} ${LOST}`);
        }
      }
      model.startAll();
    },
    ({ world }) => world.session.connected(sessionPresent),
  );

const receiving = (qos: QoS, id: number) =>
  command(
    `receive QoS ${qos} #${id}`,
    (model) => model.isOnline,
    (model) => {
      const known = model.inbound.find((one) => one.qos === 2 && qos === 2 && one.id === id && one.isKnown);
      if (known === undefined) {
        model.inbound.push({ qos, id, fate: 'processing', isOwed: qos > 0, isKnown: qos === 2 });
        return void model.log.push('deliver in');
      }
      if (!known.isOwed) {
        // what it owes now came behind all the others
        model.inbound = [...model.inbound.filter((one) => one !== known), known];
        known.isOwed = true;
      }
      model.acknowledge();
    },
    ({ world }) => world.receive(message('in', qos, qos && id)),
  );

const releasing = (id: number) =>
  command(
    `PUBREL #${id}`,
    (model) => model.isOnline,
    (model) => {
      for (const one of model.inbound.filter((other) => other.qos === 2 && other.id === id && other.isKnown))
        one.isKnown = one.isOwed = false;
      model.log.push(`PUBCOMP #${id}`);
    },
    ({ world }) => world.receive(pubrel(id)),
  );

const processing = (k: number, fate: 'accepted' | 'rejected') => {
  const open = (model: Model) => model.inbound.filter((one) => one.fate === 'processing' && one.qos > 0);
  return command(
    fate,
    (model) => open(model).length > 0,
    (model) => {
      const one = open(model)[k % open(model).length]!;
      one.fate = fate;
      if (fate === 'rejected') one.isKnown = false;
      model.acknowledge();
    },
    ({ world }, model) => {
      const one = open(model)[k % open(model).length]!;
      const receipts = world.receipts.filter(({ qos, packetId }) => qos === one.qos && packetId === one.id);
      const twins = model.inbound.filter(({ qos, id }) => qos === one.qos && id === one.id);
      const receipt = receipts.filter(({ state }) => state === 'processing')[
        twins.filter(({ fate: f }) => f === 'processing').indexOf(one)
      ]!;
      if (fate === 'accepted') world.session.accept(receipt);
      else world.session.reject(receipt);
    },
  );
};

const small = fc.nat(5);
const id = fc.integer({ min: 1, max: 3 });
const qos = fc.constantFrom<QoS>(0, 1, 2);
const filter = fc.constantFrom('f', 'g', 'h');

it('a session does what a second, simple one does, whatever the application, the broker and the network do', () => {
  const commands = fc.commands(
    [
      qos.map(publishing),
      qos.map(publishing),
      filter.map((name) => requesting('subscribe', name)),
      filter.map((name) => requesting('unsubscribe', name)),
      small.map(cancelling),
      fc.tuple(small, fc.boolean()).map(([k, isRepeated]) => acknowledging(k, isRepeated)),
      fc.tuple(small, fc.boolean()).map(([k, isRepeated]) => acknowledging(k, isRepeated)),
      fc.constant(disconnecting()),
      fc.boolean().map(connecting),
      fc.tuple(qos, id).map(([q, i]) => receiving(q, i)),
      id.map(releasing),
      fc
        .tuple(small, fc.constantFrom('accepted' as const, 'rejected' as const))
        .map(([k, fate]) => processing(k, fate)),
    ],
    { maxCommands: 80, size: 'max' },
  );
  fc.assert(
    fc.property(commands, (all) => {
      fc.modelRun(() => ({ model: new Model(), real: { world: new World(OPTIONS), exchanges: new Map() } }), all);
    }),
    { numRuns: 150 },
  );
});
