import { encodeConnect } from './4-connect.mjs';
import { decodeConnack } from './5-connack.mjs';
import { decodePublish, encodePublish } from './6-publish.mjs';
import { decodeSuback, encodeSubscribe } from './7-subscribe.mjs';
import { createDecoder } from './9-stream.mjs';

export function createClient({ clientId, connect, onMessage }) {
  const unacknowledged = new Map(); // by packet identifiers, in the order of the requests
  let lastPacketId = 0;
  let connection;
  let isOnline = false;

  function open() {
    const decoder = createDecoder();
    connection = connect({
      opened: () => connection.send(encodeConnect({ clientId, cleanSession: false, keepAlive: 60 })),
      received: (chunk) => decoder.push(chunk).forEach(handle),
      closed: () => {
        isOnline = false;
        open();
      },
    });
  }

  function handle(bytes) {
    switch (bytes[0] >> 4) {
      case 2: {
        if (decodeConnack(bytes).returnCode !== 0) return;
        isOnline = true;
        for (const request of unacknowledged.values()) send(request);
        return;
      }
      case 3: {
        const { topic, payload, qos, packetId } = decodePublish(bytes);
        onMessage({ topic, payload });
        if (qos === 1) connection.send(Uint8Array.of(0x40, 2, packetId >> 8, packetId & 0xff));
        return;
      }
      case 4:
        return settle((bytes[2] << 8) | bytes[3]);
      case 9: {
        const { packetId, returnCodes } = decodeSuback(bytes);
        return settle(packetId, returnCodes[0] === 0x80 ? new Error('the broker refused the topic filter') : undefined);
      }
    }
  }

  function request(encode) {
    do lastPacketId = (lastPacketId % 65_535) + 1;
    while (unacknowledged.has(lastPacketId));
    const packetId = lastPacketId;
    return new Promise((resolve, reject) => {
      const entry = { encode: (dup) => encode(packetId, dup), resolve, reject, wasSent: false };
      unacknowledged.set(packetId, entry);
      if (isOnline) send(entry);
    });
  }

  function send(entry) {
    connection.send(entry.encode(entry.wasSent));
    entry.wasSent = true;
  }

  function settle(packetId, error) {
    const entry = unacknowledged.get(packetId);
    unacknowledged.delete(packetId);
    if (error === undefined) entry?.resolve();
    else entry?.reject(error);
  }

  open();
  return {
    publish: (topic, payload) =>
      request((packetId, dup) => encodePublish({ topic, payload, qos: 1, retain: false, dup, packetId })),
    subscribe: (topicFilter) =>
      request((packetId) => encodeSubscribe({ packetId, subscriptions: [{ topicFilter, qos: 1 }] })),
  };
}
