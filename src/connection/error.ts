/** Why there is no connection, or no longer. */
export type ConnectionLostReason =
  /** the WebSocket could not be opened: no route, TLS, an HTTP answer other than 101 */
  | 'unreachable'
  /** no CONNACK within `connectTimeout` */
  | 'connect-timeout'
  /** the peer closed the connection, or it was cut; `code` is the WebSocket's close code where there is one */
  | 'closed'
  /** nothing was heard after a PINGREQ (3.1.2.10) */
  | 'keep-alive-timeout'
  /** `close()` was called */
  | 'client-closed';

/** There is no connection, or no longer; `cause` is the error behind it, where there is one. */
export class ConnectionLostError extends Error {
  readonly reason: ConnectionLostReason;
  readonly code: number | undefined;

  constructor(reason: ConnectionLostReason, message: string, code?: number, cause?: unknown) {
    super(message);
    this.name = 'ConnectionLostError';
    this.reason = reason;
    this.code = code;
    if (cause !== undefined) (this as { cause?: unknown }).cause = cause;
  }
}
