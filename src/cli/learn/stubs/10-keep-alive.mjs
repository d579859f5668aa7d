/**
 * Says when to send PINGREQ, and when a connection is dead. All times are milliseconds.
 *
 * @param {number} keepAlive seconds, as in CONNECT; 0 switches it off
 * @param {number} now when the connection began
 * @returns {{ sent(now: number): void, received(now: number): void, poll(now: number): 'wait' | 'ping' | 'dead' }} `sent`
 *   and `received` are called when a packet was sent or received. `poll` is called every now and then, and says what to
 *   do; after 'ping', the caller sends a PINGREQ at once, without calling `sent`.
 */
export function createKeepAlive(keepAlive, now) {
  throw new Error('not written yet');
}
