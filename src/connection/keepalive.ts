// Whether the peer is still there: Pings (RFC 6455 §5.5.2) and the time that passes without a byte. Pure: it is told
// the time, in milliseconds of any steady clock, and says what to do.

/** What a {@link Keepalive} wants done. */
export const Pulse = {
  /** Nothing yet. */
  Wait: 0,
  /** Send a Ping with {@link Keepalive.payload}. */
  Ping: 1,
  /** The peer is gone: end the connection. */
  Dead: 2,
} as const;
/** One of the three wishes. */
export type Pulse = (typeof Pulse)[keyof typeof Pulse];

/** A deadline reached this late says that our own process was stopped, not that the peer was silent. */
const OWN_STALL = 5_000;

const PAYLOAD_LENGTH = 4;

/** How fast the heart beats, in milliseconds. */
export interface Pace {
  /** Between two Pings; more while the peer has not answered and {@link heartbeatTimeout} is longer. */
  readonly heartbeatInterval: number;
  /** For a sign of life after one. */
  readonly heartbeatTimeout: number;
}

/**
 * The heartbeat of one connection. Any byte from the peer is a sign of life; only our own Pong measures a round trip.
 * Times to come are whole milliseconds, which V8 keeps in the object itself; fractions would be objects of their own.
 */
export class Keepalive {
  readonly #pace: Pace;
  #nextPing: number;
  /** When the patience with the last Ping ends. */
  #lifeDeadline: number;
  /** When {@link at} has something to do next. */
  #deadline: number;
  /** When the Ping left whose Pong is not in. */
  #pingSent: number | undefined = undefined;
  /** A Ping is out, its patience not over, and nothing has been heard since. */
  #awaitingLife = false;
  #count = 0;
  #rtt: number | undefined = undefined;

  /** @param pace may be shared by many connections. */
  constructor(pace: Pace, now: number) {
    this.#pace = pace;
    this.#nextPing = Math.ceil(now + pace.heartbeatInterval);
    this.#lifeDeadline = this.#nextPing;
    this.#deadline = this.#nextPing;
  }

  /** When {@link at} wants to be called next. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Milliseconds from the last answered Ping to its Pong; `undefined` before the first. */
  get rtt(): number | undefined {
    return this.#rtt;
  }

  /** What the Ping carries: a count, so that only the Pong to this very Ping measures the round trip. */
  get payload(): Buffer {
    const payload = Buffer.alloc(PAYLOAD_LENGTH);
    payload.writeUInt32BE(this.#count, 0);
    return payload;
  }

  /** The peer sent something. Called for every chunk, hence no clock here. */
  heard(): void {
    this.#awaitingLife = false;
  }

  /** The peer sent a Pong. */
  pong(data: Buffer, now: number): void {
    if (this.#pingSent === undefined || data.length !== PAYLOAD_LENGTH || data.readUInt32BE(0) !== this.#count) return;
    this.#rtt = now - this.#pingSent;
    this.#pingSent = undefined;
  }

  /** Called at or after {@link deadline}. */
  at(now: number): Pulse {
    if (now < this.#deadline) return Pulse.Wait;
    if (this.#awaitingLife) {
      // Having slept through it ourselves, we have not read yet what the peer sent meanwhile.
      if (now - this.#deadline >= OWN_STALL) this.#lifeDeadline = Math.ceil(now + this.#pace.heartbeatTimeout);
      else if (now >= this.#lifeDeadline) return Pulse.Dead;
      this.#deadline = this.#lifeDeadline;
      return Pulse.Wait;
    }
    if (now < this.#nextPing) {
      this.#deadline = this.#nextPing;
      return Pulse.Wait;
    }
    this.#count = (this.#count + 1) >>> 0;
    this.#awaitingLife = true;
    this.#pingSent = now;
    this.#nextPing = Math.ceil(now + this.#pace.heartbeatInterval);
    this.#lifeDeadline = Math.ceil(now + this.#pace.heartbeatTimeout);
    this.#deadline = Math.min(this.#nextPing, this.#lifeDeadline);
    return Pulse.Ping;
  }
}
