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

/** The last Ping, until its Pong is in: as a rule there is none. */
class UnansweredPing {
  /** When it left. */
  readonly sent: number;
  /** When the next one is due. */
  readonly nextPing: number;
  /** When the patience with it ends. */
  lifeDeadline: number;
  /** Nothing has been heard since. */
  awaitingLife = true;

  constructor(now: number, { heartbeatInterval, heartbeatTimeout }: Pace) {
    this.sent = now;
    this.nextPing = Math.ceil(now + heartbeatInterval);
    this.lifeDeadline = Math.ceil(now + heartbeatTimeout);
  }
}

/**
 * The heartbeat of one connection. Any byte from the peer is a sign of life; only our own Pong measures a round trip.
 * Times to come are whole milliseconds, which V8 keeps in the object itself; fractions would be objects of their own.
 */
export class Keepalive {
  /** May be shared by many connections. */
  readonly settings: Pace;
  /** When {@link at} has something to do next. */
  #deadline: number;
  #ping: UnansweredPing | undefined = undefined;
  #count = 0;
  #rtt: number | undefined = undefined;

  constructor(settings: Pace, now: number) {
    this.settings = settings;
    this.#deadline = Math.ceil(now + settings.heartbeatInterval);
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
    if (this.#ping !== undefined) this.#ping.awaitingLife = false;
  }

  /** The peer sent a Pong. */
  heardPong(data: Buffer, now: number): void {
    const ping = this.#ping;
    if (ping === undefined || data.length !== PAYLOAD_LENGTH || data.readUInt32BE(0) !== this.#count) return;
    this.#rtt = now - ping.sent;
    this.#ping = undefined;
    this.#deadline = Math.max(this.#deadline, ping.nextPing);
  }

  /** Called at or after {@link deadline}. */
  at(now: number): Pulse {
    if (now < this.#deadline) return Pulse.Wait;
    const ping = this.#ping;
    if (ping?.awaitingLife) {
      // Having slept through it ourselves, we have not read yet what the peer sent meanwhile.
      if (now - this.#deadline >= OWN_STALL) ping.lifeDeadline = Math.ceil(now + this.settings.heartbeatTimeout);
      else if (now >= ping.lifeDeadline) return Pulse.Dead;
      this.#deadline = ping.lifeDeadline;
      return Pulse.Wait;
    }
    if (ping !== undefined && now < ping.nextPing) {
      this.#deadline = ping.nextPing;
      return Pulse.Wait;
    }
    this.#count = (this.#count + 1) >>> 0;
    this.#ping = new UnansweredPing(now, this.settings);
    this.#deadline = Math.min(this.#ping.nextPing, this.#ping.lifeDeadline);
    return Pulse.Ping;
  }
}
