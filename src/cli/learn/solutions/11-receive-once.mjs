import { decodePublish } from './6-publish.mjs';

const acknowledgement = (firstByte, packetId) => Uint8Array.of(firstByte, 2, packetId >> 8, packetId & 0xff);

export function createReceiver(deliver) {
  const taken = new Set(); // packet identifiers, from PUBLISH to PUBREL

  function receive(bytes) {
    if (bytes[0] >> 4 === 6) {
      const packetId = (bytes[2] << 8) | bytes[3];
      taken.delete(packetId);
      return acknowledgement(0x70, packetId);
    }
    const { topic, payload, packetId } = decodePublish(bytes);
    if (!taken.has(packetId)) deliver({ topic, payload });
    taken.add(packetId);
    return acknowledgement(0x50, packetId);
  }

  return { receive };
}
