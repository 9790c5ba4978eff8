// The machinery of an open connection: what reads, answers and sends. A connection at rest needs none of it, so there is no
// more of it than connections have something under way; what one has done with is lent to the next. Never lent with a trace of
// who had it before: only machinery that is as it was at first is taken back.
import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { Connection } from '../connection/index.ts';
import { Transport } from '../transport/index.ts';
import type { Borrower } from './borrower.ts';
import { Sender } from './sender.ts';

/** What the peer's Close frame said. */
export interface PeerClose {
  readonly code: number;
  readonly reason: Buffer;
}

/** As many idle ones are kept, of some 700 bytes each: so many connections may be spoken to at a time, and none is made. */
const MOST_IDLE = 1_024;

/** The idle ones. What was used last is used next: the processor still has it in its caches. */
const idle: Engine[] = [];

/** Whom the idle ones serve, so that they keep no connection in memory. It may be told once more that they are at rest. */
const NOBODY = { onRest() {} } as Borrower;
const NO_SOCKET = new Duplex();
const NO_WEBSOCKET = new EventEmitter();

/** The machinery of one connection at a time. */
export class Engine {
  readonly transport: Transport;
  readonly connection: Connection;
  readonly sender: Sender;
  /** `undefined` before it came. */
  peerClose: PeerClose | undefined = undefined;

  constructor(borrower: Borrower) {
    this.transport = new Transport(borrower.socket, borrower, borrower.isDeferred);
    this.connection = new Connection(borrower, this.transport, borrower.settings);
    this.sender = new Sender(borrower.websocket, borrower);
    this.#serve(borrower);
  }

  /** Whether nothing is under way, in either direction: not a byte of a frame, of a message or of an answer. */
  get atRest(): boolean {
    return this.connection.atRest && this.transport.atRest && this.sender.atRest;
  }

  #serve(borrower: Borrower): void {
    const { websocket, socket, settings, compression, rate, position, isDeferred } = borrower;
    this.transport.serve(socket, borrower, isDeferred);
    this.connection.serve(borrower, settings, compression, rate, position);
    this.sender.serve(websocket, borrower);
  }

  /** Machinery for `borrower`, which has something to do. */
  static lend(borrower: Borrower): Engine {
    const engine = idle.pop();
    if (engine === undefined) return new Engine(borrower);
    engine.#serve(borrower);
    return engine;
  }

  /** Takes back machinery {@link atRest}. That of a connection which has ended is left to the garbage collector. */
  static takeBack(engine: Engine): void {
    if (idle.length === MOST_IDLE) return;
    engine.transport.serve(NO_SOCKET, NOBODY, false);
    engine.connection.tell(NOBODY);
    engine.sender.serve(NO_WEBSOCKET, NOBODY);
    idle.push(engine);
  }
}
