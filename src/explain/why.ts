// Why the fields of a packet exist: what the standard does not say in one place.

/** By the name that `explain` gives the field; a length is found by `length`. */
const WHY: Readonly<Record<string, string>> = {
  'Control Packet type and flags':
    'Four bits are enough for 14 types. The other four say how a PUBLISH is delivered: DUP that it may be a repetition, which helps to find lost acknowledgements, QoS how it is acknowledged, RETAIN that the broker keeps it for later subscribers.',
  'Remaining Length':
    'TCP delivers a stream without boundaries, so each packet says where it ends. The length itself has one byte to four, so that a PINGREQ costs two bytes in all and a packet may still have 256 MB.',
  length:
    'What follows has no end mark, since any byte may occur in it. With the length in front, a receiver can take memory once and skip what it does not want.',
  'Protocol Name':
    'The name comes first in a connection, so that a server which listens to several protocols on one port, and a firewall, can tell MQTT from others before anything else happens.',
  'Protocol Level':
    'Versions of MQTT differ in their packets. A server that does not speak this one can say so, with return code 1, before either side misunderstands the other.',
  'Connect Flags':
    'The flags say which parts of the payload follow, since these parts have no names of their own. Clean Session lies here too, because the server must know it before it looks for the session.',
  'Keep Alive':
    'TCP can take many minutes to notice that the other side is gone. The client promises to send something within this time, so that the server may give up a dead connection, and publish its will, after one and a half times as long.',
  'Client Identifier':
    'The server keeps a session under this name, so that subscriptions and unacknowledged messages survive a lost connection. It also lets the server close an older connection of the same client.',
  'Will Topic':
    'A client that loses its connection can no longer tell anybody. It leaves a message in advance, and this is where the server publishes it.',
  'Will Message':
    'It travels in the CONNECT, because a client that is cut off has no later chance. The server publishes it unless the client says DISCONNECT first.',
  'User Name':
    'It says who connects, which may be somebody else than the Client Identifier: many devices can belong to one account.',
  Password:
    'It proves the user name. It is binary, so that a token or a signature fits in; nothing encrypts it but TLS below.',
  'Connect Acknowledge Flags':
    'Session Present tells the client whether the server still knows its subscriptions and messages. Without it a client could not know whether to subscribe again.',
  'Connect Return code':
    'A server that refuses says why before it closes the connection, so that the client can tell a wrong password from a server that is busy, and does not try again in vain.',
  'Topic Name':
    'Publisher and subscriber do not know each other: the topic is the only address. The levels between slashes let a subscriber take a whole branch with a wildcard.',
  'Packet Identifier':
    'Several packets may be on their way at once, and acknowledgements may come late. The identifier says which packet is meant, lets a receiver notice a repetition, and is free again when the exchange ends, so two bytes are enough.',
  'Application Message':
    'MQTT carries any bytes and never looks into them. It takes what is left of the packet, so it needs no length of its own.',
  'Topic Filter':
    'A subscriber names topics that it may not know yet, so a filter can have wildcards: + for one level, # for all that follow.',
  'Requested QoS':
    'The subscriber says how much certainty is worth its cost. The server delivers with at most this QoS, however high the publisher went.',
  'Return Code':
    'Each filter gets its own answer in the same order, because a server may refuse one and grant another, or grant a lower QoS.',
  surplus:
    'Nothing may follow the last field. A packet that is longer than its fields shows that the sender counted wrongly, and then no later byte can be trusted.',
  'not read':
    'The next packet begins where this one ends, and that is unknown once a packet is broken. So the connection must be closed, and nothing behind the break is read.',
};

/** Why a field exists, in a sentence or a few; undefined for a name that `explain` never gives. */
export function whyOf(field: string): string | undefined {
  return WHY[/ length$/.test(field) ? 'length' : field];
}
