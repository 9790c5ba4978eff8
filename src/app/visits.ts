// Event streams and polls that are open: each is counted once, under its client's address, and given back on whatever path it
// ends. When the server stops they are sent away in batches, as WebSockets are.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lease } from '../server/index.ts';
import { clock, Departure, type Timed } from '../transport/index.ts';

/** How somebody reads a room over HTTP. */
export type VisitKind = 'sse' | 'poll';

/** How many are sent away at a time, and how many milliseconds lie between. */
export interface Batches {
  readonly batch: number;
  readonly batchInterval: number;
}

/** Sends somebody away; the client shall come again. */
export type SendAway = () => void;

/** All of one server. */
export class Visits {
  readonly #visits = new Set<Visit>();
  readonly #counts = { sse: 0, poll: 0 };
  #isStopping = false;

  /** Whether nobody is let in any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** How many are open. */
  count(kind: VisitKind): number {
    return this.#counts[kind];
  }

  /** Somebody has come. @param lease given back when the response is over, or its client has gone. */
  begin(kind: VisitKind, request: IncomingMessage, response: ServerResponse, lease: Lease): Visit {
    const visit = new Visit(this, request, response, () => {
      this.#visits.delete(visit);
      this.#counts[kind]--;
      lease.release();
    });
    this.#visits.add(visit);
    this.#counts[kind]++;
    return visit;
  }

  /** Lets nobody in any more, and sends away who is there. */
  stop({ batch, batchInterval }: Batches): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const waiting = [...this.#visits];
    const next = new Alarm(() => {
      for (const visit of waiting.splice(0, batch)) visit.end();
      if (waiting.length > 0) clock.schedule(next, clock.now() + batchInterval);
    });
    next.onTime();
  }
}

/** One of them. */
export class Visit {
  readonly #visits: Visits;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #expiry: Alarm;
  #expires = Number.POSITIVE_INFINITY;
  #isOver = false;
  #sendAway: SendAway | undefined = undefined;

  constructor(visits: Visits, request: IncomingMessage, response: ServerResponse, onOver: () => void) {
    this.#visits = visits;
    this.#request = request;
    this.#response = response;
    this.#expiry = new Alarm(() => this.#onExpiry());
    // A response that waits behind another one on its connection hears nothing of its end.
    new Departure(response, request.socket, () => {
      this.#isOver = true;
      clock.cancel(this.#expiry);
      onOver();
    });
  }

  /** Whether the client has gone, or has its answer. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * From now on it can be sent away.
   *
   * @param expires when that happens at the latest, in milliseconds since 1970.
   */
  begin(sendAway: SendAway, expires: number): void {
    this.#sendAway = sendAway;
    this.#expires = expires;
    if (this.#visits.isStopping) this.end();
    else if (!this.#isOver && expires < Number.POSITIVE_INFINITY) this.#schedule(expires - Date.now());
  }

  /** The server stops: sends it away, and ends its connection behind the answer. */
  end(): void {
    if (this.#sendAway === undefined || this.#isOver) return;
    const { socket } = this.#request;
    this.#response.once('finish', () => socket.end());
    this.#sendAway();
  }

  #onExpiry(): void {
    // The time of day may have been set back meanwhile; the clock's is steady.
    const left = this.#expires - Date.now();
    if (left > 0) this.#schedule(left);
    else this.#sendAway?.();
  }

  #schedule(delay: number): void {
    clock.schedule(this.#expiry, clock.now() + delay);
  }
}

class Alarm implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly onTime: () => void;

  constructor(onTime: () => void) {
    this.onTime = onTime;
  }
}
