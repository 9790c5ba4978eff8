// The closing handshake as a table, RFC 6455 §7.1: who has said Close, and what may follow. Both roles; who closes TCP
// first is the endpoint's business (§7.1.1).

/** Where a connection stands between the end of its opening handshake and the end of its transport. */
export const State = {
  /** Neither side has said Close. */
  Open: 0,
  /** §7.1.2: we have; the peer's data may still be on its way. */
  CloseSent: 1,
  /** §7.1.3: the peer has; only our own Close may follow. */
  CloseReceived: 2,
  /** §7.1.4: both have: _the closing handshake is complete_, the transport may go. */
  Complete: 3,
  /** §7.1.7: _Fail the WebSocket Connection_: the peer broke a rule, or its transport is gone; nothing more is read. */
  Failed: 4,
} as const;
/** One of the five states. */
export type State = (typeof State)[keyof typeof State];

/** What moves a connection from state to state. */
export const Transition = {
  SendClose: 0,
  ReceiveClose: 1,
  Fail: 2,
} as const;
/** One of the three transitions. */
export type Transition = (typeof Transition)[keyof typeof Transition];

/** A transition that cannot happen in a state. */
const NEVER = undefined;

// The law: one Close each way at most (§5.5.1(e)(j)), and no way back.
const TABLE: Readonly<Record<State, readonly [State | undefined, State | undefined, State | undefined]>> = [
  //                         SendClose         ReceiveClose         Fail
  /* Open          */ [State.CloseSent, State.CloseReceived, State.Failed],
  /* CloseSent     */ [NEVER, State.Complete, State.Failed],
  /* CloseReceived */ [State.Complete, NEVER, State.Failed],
  /* Complete      */ [NEVER, NEVER, NEVER],
  /* Failed        */ [NEVER, NEVER, NEVER],
];

/** The state after `transition`, or `undefined` where it cannot happen. */
export function after(state: State, transition: Transition): State | undefined {
  return TABLE[state][transition];
}

/** §5.5.1(d): after sending a Close frame an endpoint sends no more data; after receiving one, nothing new but its own. */
export function maySend(state: State): boolean {
  return state === State.Open;
}

/** Whether a Close frame of ours may still be sent. */
export function mayClose(state: State): boolean {
  return after(state, Transition.SendClose) !== undefined;
}

/** Whether the peer's frames still mean something: until it has said Close, also after we have. */
export function mayReceive(state: State): boolean {
  return after(state, Transition.ReceiveClose) !== undefined;
}
