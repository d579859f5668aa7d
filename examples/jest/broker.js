// A broker for tests, without a socket: a transport that answers at once, with the codec that comes with the client.
const { connack, Decoder, encode, pingresp, puback, suback, unsuback } = require('mqtt311/codec');

/** The answer to a packet, if it needs one. QoS 2 is left out. */
const ANSWERS = {
  1: () => connack(), // CONNECT
  3: ({ qos, packetId }) => qos === 1 && puback(packetId), // PUBLISH
  8: ({ packetId, subscriptions }) => suback({ packetId, returnCodes: subscriptions.map(({ qos }) => qos) }), // SUBSCRIBE
  10: ({ packetId }) => unsuback(packetId), // UNSUBSCRIBE
  12: () => pingresp(), // PINGREQ
};

exports.fakeBroker = function fakeBroker() {
  const broker = {
    /** Every packet that the client has sent, on whatever connection. */
    packets: [],
    /** Sends a packet to the client. */
    send: () => {},
    /** Cuts the connection. */
    cut: () => {},
    /** Whether it answers. One that does not is what a client sees of a dead network. */
    isAlive: true,
    transport(_url, events) {
      const decoder = new Decoder();
      broker.send = (packet) => events.received(encode(packet));
      broker.cut = () => events.closed();
      // A transport reports nothing before it has returned. A promise is no timer: fake timers do not stop it.
      Promise.resolve().then(() => events.opened());
      return {
        send(bytes) {
          decoder.push(bytes);
          for (let packet = decoder.read(); packet; packet = decoder.read()) {
            broker.packets.push(packet);
            const answer = broker.isAlive && ANSWERS[packet.type]?.(packet);
            if (answer) Promise.resolve().then(() => broker.send(answer));
          }
        },
        close: () => events.closed(),
      };
    },
  };
  return broker;
};
