// 3.1.4: what a server does about a CONNECT.
import type { ConnectPacket } from '../codec/codec.ts';
import { ProtocolError } from '../codec/error.ts';
import type { Peer } from './peer.ts';
import { whenDone } from './server.ts';

/**
 * The return code of the CONNACK that has to come before the connection is closed, if one has to: another CONNECT that is
 * malformed gets none [MQTT-3.1.4-1].
 */
export function refusedBy(error: unknown): number | undefined {
  const { clause } = error as Partial<ProtocolError>;
  if (clause === 'MQTT-3.1.2-2') return 1;
  return clause === 'MQTT-3.1.3-8' ? 2 : undefined;
}

export function connect(peer: Peer, packet: ConnectPacket): void | Promise<void> {
  const { server } = peer;
  const { cleanSession, username, password } = packet;
  if (packet.clientId === '' && !cleanSession)
    throw new ProtocolError('MQTT-3.1.3-8', 'clientId must not be empty without cleanSession');
  const clientId = packet.clientId || server.assignClientId();
  const answer = server.options.authenticate?.({ clientId, username, password }) ?? true;
  return whenDone(answer, (verdict) => {
    const returnCode = returnCodeOf(verdict);
    if (returnCode > 0)
      peer.end(new Error(`authenticate refused the client with return code ${returnCode}`), returnCode);
    else if (!peer.isOver) accept(peer, clientId, packet);
  });
}

/** 4 is "bad user name or password". */
function returnCodeOf(verdict: boolean | number): number {
  if (typeof verdict === 'boolean') return verdict ? 0 : 4;
  if (verdict >= 0 && verdict <= 5) return verdict;
  throw new RangeError(`authenticate must return a boolean or 0 to 5, not ${verdict}`); // [MQTT-3.2.2-6]
}

function accept(peer: Peer, clientId: string, packet: ConnectPacket): void {
  const { server } = peer;
  // Another connection with this client identifier has to go [MQTT-3.1.4-2].
  server.sessions.get(clientId)?.peer?.end(new Error(`another connection has taken over client id '${clientId}'`));
  const { session, isPresent } = server.openSession(clientId, packet.cleanSession); // [MQTT-3.1.4-3]
  peer.accepted(session, packet, isPresent);
  session.resume(peer);
}
