// The self-checking part that needs Map and Set: a session's exchanges, and what `explain` says.
import {
  connack,
  decode,
  encode,
  type PublishPacket,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  type QoS,
  suback,
  unsuback,
} from '../../src/codec/codec.ts';
import { explain } from '../../src/explain/explain.ts';
import { createSession, type Receipt, type Session } from '../../src/session/session.ts';
import { bytes, hex } from '../support/hex.ts';
import { vectors } from '../support/packets.ts';
import { Chance, type Tally } from './tally.ts';

export function checkSession(tally: Tally): void {
  checkExplain(tally);
  checkScript(tally);
  checkByChance(tally);
}

function checkExplain(tally: Tally): void {
  for (const { title, hex: text } of vectors) {
    const source = bytes(text);
    for (let end = 0; end <= source.length; end++)
      for (const { start, end: stop, field, value, section, error } of explain(source.subarray(0, end)))
        tally.note(`${title}, up to ${end}`, `${start} ${stop} ${field} ${value} ${section} ${error}`);
  }
}

const payload = new Uint8Array(1);

/** A session that writes down all it does. */
class Witness {
  readonly receipts: Receipt[] = [];
  private readonly log: string[] = [];
  readonly session: Session = createSession(
    {
      send: (packet) => void this.log.push(`send ${hex(encode(packet))}`),
      deliver: (message, receipt) => this.deliver(message, receipt),
      restoreFailed: (topicFilter) => void this.log.push(`not restored ${topicFilter}`),
      keep: (_, record) => void this.log.push(record === undefined ? 'forget' : `keep ${record.type}`),
    },
    { maxInflight: 4, maxQueued: 6 },
  );

  publish(topic: string, qos: QoS): void {
    this.attempt(() =>
      this.session.publish(publish({ topic, payload, qos }), (error) => this.log.push(`${topic} ${error ?? 'done'}`)),
    );
  }

  subscribe(topicFilter: string): void {
    this.session.subscribe([{ topicFilter, qos: 1 }], (error, codes) =>
      this.log.push(`${topicFilter} ${error ?? `granted ${codes}`}`),
    );
  }

  unsubscribe(topicFilter: string): void {
    this.session.unsubscribe([topicFilter], (error) => this.log.push(`${topicFilter} ${error ?? 'left'}`));
  }

  attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.log.push(`${error}`);
    }
  }

  /** What has happened since this was last asked, one thing a line. */
  happened(): string {
    return this.log.splice(0).join('\n');
  }

  private deliver({ topic }: PublishPacket, receipt: Receipt): void {
    this.receipts.push(receipt);
    this.log.push(`deliver ${topic}`);
  }
}

function checkScript(tally: Tally): void {
  const witness = new Witness();
  const { session } = witness;
  const step = (title: string, expected: string) => tally.note(title, witness.happened(), expected);
  session.connected(false);
  witness.publish('a', 1);
  step('a PUBLISH of QoS 1 is kept, then sent', 'keep 3\nsend 32 06 00 01 61 00 01 00');
  session.receive(puback(1));
  step('its PUBACK completes it', 'forget\na done');
  witness.publish('b', 2);
  session.receive(pubrec(2));
  session.disconnected();
  witness.happened();
  session.connected(true);
  step('after its PUBREC, a PUBREL is sent again', 'send 62 02 00 02');
  session.receive(pubcomp(2));
  step('its PUBCOMP completes it', 'forget\nb done');
  session.receive(publish({ topic: 'c', payload, qos: 2, packetId: 9 }));
  session.receive(publish({ topic: 'c', payload, qos: 2, packetId: 9, dup: true }));
  step('a QoS 2 message is delivered once', 'deliver c');
  session.accept(witness.receipts[0]!);
  step('and acknowledged when the application has it', 'keep 5\nsend 50 02 00 09');
  session.receive(pubrel(9));
  step('its PUBREL is answered', 'forget\nsend 70 02 00 09');
  witness.attempt(() => session.receive(decode(encode(connack()))));
  witness.happened();
}

function checkByChance(tally: Tally): void {
  for (let seed = 1; seed <= 20; seed++) {
    const chance = new Chance(seed);
    const witness = new Witness();
    const { session } = witness;
    let isOnline = false;
    for (let round = 0; round < 100; round++) {
      const packetId = 1 + chance.below(6);
      const qos = chance.below(3) as QoS;
      const packets = [
        () => puback(packetId),
        () => pubrec(packetId),
        () => pubcomp(packetId),
        () => pubrel(packetId),
        () => suback({ packetId, returnCodes: [chance.below(8) === 0 ? 0x80 : 1] }),
        () => unsuback(packetId),
        () => publish({ topic: `in${round}`, payload, qos, packetId: qos === 0 ? 0 : packetId }),
      ];
      const act = chance.below(12);
      if (act < 3) witness.publish(`out${round}`, qos);
      else if (act === 3) witness.subscribe(`filter${chance.below(3)}`);
      else if (act === 4) witness.unsubscribe(`filter${chance.below(3)}`);
      else if (act === 5) {
        if (isOnline) session.disconnected();
        else session.connected(chance.below(2) === 0);
        isOnline = !isOnline;
      } else if (act === 6 && witness.receipts.length > 0) {
        const [receipt] = witness.receipts.splice(chance.below(witness.receipts.length), 1);
        if (chance.below(5) === 0) session.reject(receipt!);
        else session.accept(receipt!);
      } else if (isOnline) witness.attempt(() => session.receive(packets[chance.below(packets.length)]!()));
      tally.note(`${seed}, ${round}`, witness.happened());
    }
  }
}
