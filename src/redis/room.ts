// What this instance knows of the log of a room that it listens to: how far it goes, and how far it was heard of. Decides when
// something must have been missed, and when the log has gone backwards. Touches neither Redis nor the clock.
import type { BrokerListener, LogEvent } from '../rooms/broker.ts';
import type { RoomKeys } from './keys.ts';

/** What a script is told of what the caller knows: epoch, offset, time. */
export type Known = readonly [epoch: string, offset: string, time: string];
/** Nothing. */
export const UNKNOWN: Known = ['', '0', '0'];

/** A room that somebody here listens to. */
export class Room {
  readonly name: string;
  readonly keys: RoomKeys;
  readonly listeners = new Set<BrokerListener>();
  /** Whether Redis is being asked for the end of the log. */
  isChecking = false;
  /** Whether it must be asked once more: something happened meanwhile. */
  isCheckWanted = false;
  /** Whether its channel is listened to anew, and Redis has not been asked since where the log ends. */
  isResuming = true;
  /** Whether anybody here knows a place in it: then it matters what was missed. */
  isKnown = false;
  #epoch = '';
  #offset = 0;
  #time = 0;
  /** The last offset that was announced. */
  #heard = 0;
  /** What is behind this and is not announced soon has been missed; 0 when nothing is waited for. */
  #expected = 0;
  #expectedSince = 0;
  /** When something was heard or asked of it the last time, and when something was announced. */
  #lastSign = 0;
  #lastHeard = 0;
  /** What was appended before somebody listened is never announced. */
  #reached = 0;
  /** What is known is not changed any more, until Redis has been asked whether the log still has it. */
  #isSuspect = false;

  constructor(name: string, keys: RoomKeys) {
    this.name = name;
    this.keys = keys;
  }

  /** For scripts. */
  get known(): Known {
    return [this.#epoch, String(this.#offset), String(this.#time)];
  }

  /**
   * An event was announced.
   *
   * @returns false when that cannot be: over one connection offsets rise, unless the log has gone backwards.
   */
  hear(epoch: string, { offset, time }: LogEvent, now: number): boolean {
    this.#lastSign = now;
    this.#lastHeard = now;
    if (epoch !== this.#epoch) {
      if (!this.#isSuspect) this.#know(epoch, offset, time);
      this.#heard = offset;
      this.#expected = 0;
      return true;
    }
    const isNext = offset > this.#heard;
    if (!isNext) this.#isSuspect = true;
    this.#heard = Math.max(this.#heard, offset);
    if (offset > this.#offset && !this.#isSuspect) this.#know(epoch, offset, time);
    if (offset >= this.#expected) this.#expected = 0;
    return isNext;
  }

  /** An event of this instance was appended: it must be announced soon. */
  appended(epoch: string, offset: number, time: number, now: number): void {
    if (epoch !== this.#epoch || this.#isSuspect || offset <= this.#offset) return;
    this.#know(epoch, offset, time);
    this.#expect(offset, now);
  }

  /**
   * Redis has said where the log ends.
   *
   * @param isResumed whether it was asked when the channel was listened to already, for the first time.
   * @returns whether the log is another one than before: what was said in it may be missing.
   */
  checked(epoch: string, offset: number, time: number, isResumed: boolean, now: number): boolean {
    this.#lastSign = now;
    this.#isSuspect = false;
    const isOther = epoch !== this.#epoch;
    if (isOther) {
      this.#heard = 0;
      this.#expected = 0;
    }
    if (isOther || isResumed) this.#reached = offset;
    if (isOther || offset > this.#offset) {
      this.#know(epoch, offset, time);
      this.#expect(offset, now);
    }
    return isOther;
  }

  /** Whoever listens has been told to read on: nothing is waited for any more. */
  forgive(): void {
    this.#expected = 0;
  }

  /** The connection was lost: until Redis has been asked, nobody knows whether it is still the same log. */
  suspect(): void {
    this.#isSuspect = true;
  }

  /** Whether nothing was announced after `since`, though something was appended before. */
  isDeaf(since: number): boolean {
    return this.#expected > 0 && this.#expectedSince <= since && this.#lastHeard <= since;
  }

  /** Whether nothing was heard of it after `since`. */
  isQuiet(since: number): boolean {
    return this.#isSuspect || this.#lastSign <= since;
  }

  #know(epoch: string, offset: number, time: number): void {
    this.#epoch = epoch;
    this.#offset = offset;
    this.#time = time;
  }

  #expect(offset: number, now: number): void {
    if (this.#expected > 0 || offset <= this.#heard || offset <= this.#reached) return;
    this.#expected = offset;
    this.#expectedSince = now;
  }
}
