// What anybody in the process may listen to without touching the application: node:diagnostics_channel. Costs a check of
// one boolean where nobody listens.
import { channel } from 'node:diagnostics_channel';

/** `{ websocket }`: a connection is open. */
export const connectionOpen = channel('sluice:connection:open');
/** `{ websocket, code, reason }`: a connection is gone. */
export const connectionClose = channel('sluice:connection:close');
/** `{ websocket, data, isBinary }`: a message came in. */
export const messageIn = channel('sluice:message:in');
/** `{ websocket, data, isBinary }`: a message was given to `send`. */
export const messageOut = channel('sluice:message:out');
/**
 * A {@link ViolationMessage}: the peer broke a rule. For a log: RFC 6455 §7.1.7(c), §4.2.2.
 *
 * Limits of ours that no RFC knows (408, 429, 503) and what the application decides (401) are no violations.
 */
export const violation = channel('sluice:violation');

/** What is published on `sluice:violation`. */
export interface ViolationMessage {
  /** The connection; a client's also while its handshake is under way. A server has none before it has let a client in. */
  readonly websocket?: object;
  /** The socket, where there is no WebSocket. */
  readonly socket?: object;
  /** The request, where it could be read. */
  readonly request?: object;
  /** A `ProtocolError` for a frame, a `HandshakeError` for an opening handshake. */
  readonly error: Error;
}

/** Whether {@link publishViolation} tells anybody: else no error has to be made for it. */
export function hearsViolations(): boolean {
  return violation.hasSubscribers;
}

/** Tells whoever listens. */
export function publishViolation(message: ViolationMessage): void {
  if (violation.hasSubscribers) violation.publish(message);
}

/** `{ websocket, bufferedAmount, policy }`: the peer reads too slowly, and `slowConsumer` was applied. */
export const slowConsumer = channel('sluice:slow-consumer');
