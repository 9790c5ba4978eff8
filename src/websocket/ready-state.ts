// The four states that the WHATWG WebSocket API shows (https://websockets.spec.whatwg.org/#dom-websocket-readystate).

/** What `readyState` says. */
export const ReadyState = {
  /** The opening handshake is not done. */
  CONNECTING: 0,
  /** Messages may be sent. */
  OPEN: 1,
  /** The closing handshake has begun. */
  CLOSING: 2,
  /** The connection is closed, or could not be opened. */
  CLOSED: 3,
} as const;
/** One of the four states. */
export type ReadyState = (typeof ReadyState)[keyof typeof ReadyState];

/** What is thrown or handed over when something needs an open connection. */
export function notOpen(state: ReadyState): Error {
  return new Error(`WebSocket is not open: readyState ${state} (${Object.keys(ReadyState)[state]})`);
}
