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
/** `{ websocket, error }`: the peer broke a rule; `error` is a `ProtocolError`. For a log: RFC 6455 §7.1.7(c). */
export const violation = channel('sluice:violation');
/** `{ websocket, bufferedAmount, policy }`: the peer reads too slowly, and `slowConsumer` was applied. */
export const slowConsumer = channel('sluice:slow-consumer');
