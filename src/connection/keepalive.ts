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

/** The heartbeat of one connection. Any byte from the peer is a sign of life; only our own Pong measures a round trip. */
export class Keepalive {
  readonly #interval: number;
  readonly #patience: number;
  #nextPing: number;
  /** When the patience with the last Ping ends. */
  #lifeDeadline: number;
  /** When {@link at} has something to do next. */
  #deadline: number;
  #pingSent = 0;
  /** A Ping is out and its patience not over. */
  #awaitingLife = false;
  /** A Ping is out and its Pong not in. */
  #awaitingPong = false;
  #heard = false;
  #count = 0;
  #rtt: number | undefined = undefined;

  /**
   * @param interval milliseconds between two Pings; more while the peer has not answered and `patience` is longer.
   * @param patience milliseconds that the peer has to show a sign of life after one.
   */
  constructor(interval: number, patience: number, now: number) {
    this.#interval = interval;
    this.#patience = patience;
    this.#nextPing = now + interval;
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
    this.#heard = true;
  }

  /** The peer sent a Pong. */
  pong(data: Buffer, now: number): void {
    if (this.#awaitingPong && data.length === PAYLOAD_LENGTH && data.readUInt32BE(0) === this.#count) {
      this.#rtt = now - this.#pingSent;
      this.#awaitingPong = false;
    }
  }

  /** Called at or after {@link deadline}. */
  at(now: number): Pulse {
    if (now < this.#deadline) return Pulse.Wait;
    if (this.#awaitingLife && !this.#heard) {
      // Having slept through it ourselves, we have not read yet what the peer sent meanwhile.
      if (now - this.#deadline >= OWN_STALL) this.#lifeDeadline = now + this.#patience;
      else if (now >= this.#lifeDeadline) return Pulse.Dead;
      this.#deadline = this.#lifeDeadline;
      return Pulse.Wait;
    }
    this.#awaitingLife = false;
    if (now < this.#nextPing) {
      this.#deadline = this.#nextPing;
      return Pulse.Wait;
    }
    this.#count = (this.#count + 1) >>> 0;
    this.#awaitingLife = true;
    this.#awaitingPong = true;
    this.#heard = false;
    this.#pingSent = now;
    this.#nextPing = now + this.#interval;
    this.#lifeDeadline = now + this.#patience;
    this.#deadline = Math.min(this.#nextPing, this.#lifeDeadline);
    return Pulse.Ping;
  }
}
