// The rooms that somebody here listens to: who hears of what was announced, and when Redis is asked whether that was all.
import { BrokerError, BrokerFault, type BrokerListener, type Position } from '../rooms/broker.ts';
import { type Clock, clock } from '../transport/index.ts';
import type { Announcement } from './announcement.ts';
import type { Commands } from './commands.ts';
import { keysOf } from './keys.ts';
import { Room } from './room.ts';
import { END } from './scripts.ts';

/** All of them. */
export class Rooms {
  readonly #commands: Commands;
  readonly #prefix: string;
  readonly #opening: () => readonly string[];
  readonly #clock: Clock;
  readonly #rooms = new Map<string, Room>();
  readonly #byChannel = new Map<string, Room>();
  /** Rooms that come before others when quiet ones are looked at. */
  #round: IterableIterator<Room> | undefined;
  /** When anything was announced. */
  #lastMessage = 0;

  /** @param opening what every script of a log begins with. */
  constructor(commands: Commands, prefix: string, opening: () => readonly string[], time = clock) {
    this.#commands = commands;
    this.#prefix = prefix;
    this.#opening = opening;
    this.#clock = time;
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  join(name: string, listener: BrokerListener): Room {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = new Room(name, keysOf(this.#prefix, name));
      this.#rooms.set(name, room);
      this.#byChannel.set(room.keys.channel, room);
    }
    room.listeners.add(listener);
    return room;
  }

  /** @returns the room, if nobody listens to it any more. */
  leave(name: string, listener: BrokerListener): Room | undefined {
    const room = this.#rooms.get(name);
    if (room === undefined || !room.listeners.delete(listener) || room.listeners.size > 0) return undefined;
    this.#rooms.delete(name);
    this.#byChannel.delete(room.keys.channel);
    return room;
  }

  /** Where the log of a room ends, asked now: its channel is listened to already. */
  async end(name: string): Promise<Position> {
    const room = this.#rooms.get(name);
    if (room === undefined) throw new BrokerError(BrokerFault.Closed, 'nobody listens any more');
    const { log, meta, seen } = room.keys;
    const isResumed = room.isResuming;
    room.isResuming = false;
    const [epoch, offset, time] = await this.#commands.ask({
      script: END,
      keys: [log, meta, seen],
      args: () => [...this.#opening(), ...room.known],
      isChange: false,
      size: 0,
    });
    const position = { epoch: epoch as string, offset: Number(offset) };
    const isOther = room.checked(position.epoch, position.offset, Number(time), isResumed, this.#clock.now());
    // Somebody listened before, and stands where it was.
    if (isOther && room.isKnown) this.#doubt(room);
    room.isKnown = true;
    return position;
  }

  onAnnouncement(channel: string, { epoch, event }: Announcement, now: number): void {
    this.#lastMessage = now;
    const room = this.#byChannel.get(channel);
    if (room === undefined) return;
    const isNext = room.hear(epoch, event, now);
    const events = [event];
    for (const listener of room.listeners) told(() => listener.onEvents(epoch, events));
    if (!isNext) this.#ask(room);
  }

  /** A channel is listened to over a new connection: what was said meanwhile was not heard. */
  onSubscribed(channel: string): void {
    const room = this.#byChannel.get(channel);
    // Nobody has a place in it yet: whoever listens for the first time asks for the end, behind this.
    if (room === undefined || !room.isKnown) return;
    room.isResuming = true;
    room.forgive();
    this.#ask(room);
    this.#doubt(room);
  }

  /** The connection was lost: whether Redis still has the same logs is to be found out, and until then nobody knows. */
  suspect(): void {
    for (const room of this.#rooms.values()) room.suspect();
  }

  /** Redis can be asked again, and there are questions that it has not answered. */
  checkSuspects(): void {
    for (const room of this.#rooms.values()) if (room.isCheckWanted) this.#ask(room);
  }

  /**
   * Tells whoever listens to a room that it should read on, if something was appended and nothing announced within `patience`
   * milliseconds.
   *
   * @returns whether nothing at all was announced meanwhile: then it is the connection that does not do what it is for.
   */
  findDeaf(patience: number, now: number): boolean {
    let isDeaf = false;
    for (const room of this.#rooms.values()) {
      if (!room.isDeaf(now - patience)) continue;
      isDeaf = true;
      room.forgive();
      this.#doubt(room);
    }
    return isDeaf && this.#lastMessage <= now - patience;
  }

  /** Asks for the ends of the share of rooms that is due after `elapsed` milliseconds of `interval`, if they are quiet. */
  check(elapsed: number, interval: number, now: number): void {
    let share = Math.ceil((this.#rooms.size * elapsed) / interval);
    this.#round ??= this.#rooms.values();
    while (share > 0) {
      const next = this.#round.next();
      if (next.done === true) {
        this.#round = undefined;
        break;
      }
      if (next.value.isQuiet(now - interval / 2)) this.#ask(next.value);
      share--;
    }
  }

  close(): void {
    this.#rooms.clear();
    this.#byChannel.clear();
  }

  #doubt(room: Room): void {
    for (const listener of room.listeners) told(() => listener.onDoubt());
  }

  /** Asks Redis whether the log is still what this instance knows of it. */
  #ask(room: Room): void {
    room.isCheckWanted = true;
    if (room.isChecking) return;
    room.isChecking = true;
    room.isCheckWanted = false;
    const isResumed = room.isResuming;
    room.isResuming = false;
    const { log, meta, seen } = room.keys;
    this.#commands.askOnce(END, [log, meta, seen], [...this.#opening(), ...room.known]).then(
      ([epoch, offset, time]) => {
        room.isChecking = false;
        if (this.#rooms.get(room.name) !== room) return;
        const isOther = room.checked(epoch as string, Number(offset), Number(time), isResumed, this.#clock.now());
        if (isOther && room.isKnown) this.#doubt(room);
        if (room.isCheckWanted) this.#ask(room);
      },
      () => {
        // Redis cannot be asked now; it is when it is back.
        room.isChecking = false;
        room.isCheckWanted = true;
        room.isResuming ||= isResumed;
      },
    );
  }
}

/** A listener that throws has made a mistake of its own, which is nobody else's. */
function told(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
