import { type Packet, PacketType } from '../../src/codec/codec.ts';

const names = Object.fromEntries(Object.entries(PacketType).map(([name, value]) => [value, name]));

/** A packet in a few words, such as `PUBLISH a q1 #7 dup`. */
export function say(packet: Packet): string {
  const name = names[packet.type]!;
  switch (packet.type) {
    case PacketType.PUBLISH: {
      const { topic, qos, packetId, dup, retain } = packet;
      return [name, topic, qos > 0 && `q${qos} #${packetId}`, dup && 'dup', retain && 'retain']
        .filter(Boolean)
        .join(' ');
    }
    case PacketType.SUBSCRIBE: {
      const filters = packet.subscriptions.map(({ topicFilter, qos }) => `${topicFilter}:${qos}`);
      return `${name} #${packet.packetId} ${filters.join(' ')}`;
    }
    case PacketType.UNSUBSCRIBE:
      return `${name} #${packet.packetId} ${packet.topicFilters.join(' ')}`;
    case PacketType.SUBACK:
      return `${name} #${packet.packetId} ${packet.returnCodes.join(' ')}`;
    default:
      return 'packetId' in packet ? `${name} #${packet.packetId}` : name;
  }
}
