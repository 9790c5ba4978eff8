// The members that this instance has in rooms: Redis is told of them again and again, because it forgets the members of an
// instance that says nothing. So a crash needs nobody to clear up behind it, and a Redis that was emptied fills again.
import type { Presence } from '../rooms/broker.ts';
import type { Commands } from './commands.ts';
import { keysOf } from './keys.ts';
import { ENTER, LEAVE, PRESENT, REFRESH, type Script } from './scripts.ts';

/** Members that one script is told of: a longer one would keep others waiting. */
const BATCH = 200;
/** How often an instance speaks up within the time after which it is taken for gone. */
const REFRESHES = 3;

/** All of them. */
export class Members {
  readonly #commands: Commands;
  readonly #prefix: string;
  readonly #ttl: number;
  readonly #instance: string;
  /** By room, then by member: what is told of it. */
  readonly #rooms = new Map<string, Map<string, string>>();
  /** Rooms that come before others in the next refresh. */
  #round: IterableIterator<string> | undefined;

  /** @param instance a name that no other instance has, without a space. */
  constructor(commands: Commands, prefix: string, ttl: number, instance: string) {
    this.#commands = commands;
    this.#prefix = prefix;
    this.#ttl = ttl;
    this.#instance = instance;
  }

  async enter(room: string, { member, information }: Presence): Promise<boolean> {
    let members = this.#rooms.get(room);
    if (members === undefined) {
      members = new Map();
      this.#rooms.set(room, members);
    }
    // First: if Redis cannot be reached now, it hears of this with the next refresh.
    members.set(member, information);
    const [isNew] = await this.#ask(ENTER, room, [this.#entry(member), information, String(this.#ttl)]);
    // Who has left meanwhile was perhaps told to Redis before this was.
    if (!this.#rooms.get(room)?.has(member)) await this.leave(room, member);
    return isNew === '1';
  }

  async leave(room: string, member: string): Promise<boolean> {
    this.#forget(room, member);
    const [isGone] = await this.#ask(LEAVE, room, [this.#entry(member)]);
    return isGone === '1';
  }

  async present(room: string, limit: number): Promise<readonly Presence[]> {
    const reply = await this.#ask(PRESENT, room, [String(limit)], false);
    const present: Presence[] = [];
    for (let index = 0; index + 1 < reply.length; index += 2) {
      present.push({ member: reply[index] as string, information: reply[index + 1] as string });
    }
    return present;
  }

  /** Tells Redis of the share of rooms that is due after `elapsed` milliseconds: all of them, three times within their time. */
  refresh(elapsed: number): void {
    let share = Math.ceil((this.#rooms.size * elapsed * REFRESHES) / this.#ttl);
    this.#round ??= this.#rooms.keys();
    while (share > 0) {
      const next = this.#round.next();
      if (next.done === true) {
        this.#round = undefined;
        return;
      }
      this.#refreshRoom(next.value);
      share--;
    }
  }

  /** All members leave, as far as Redis can be told. Never rejects. */
  async close(): Promise<void> {
    const goodbyes: Promise<unknown>[] = [];
    for (const [room, members] of this.#rooms) {
      for (const member of members.keys()) {
        goodbyes.push(this.#commands.askOnce(LEAVE, this.#keys(room), [this.#entry(member)]));
      }
    }
    this.#rooms.clear();
    await Promise.allSettled(goodbyes);
  }

  #refreshRoom(room: string): void {
    const members = [...(this.#rooms.get(room)?.keys() ?? [])];
    for (let start = 0; start < members.length; start += BATCH) {
      const entries = members.slice(start, start + BATCH).map((member) => this.#entry(member));
      this.#commands
        .askOnce(REFRESH, this.#keys(room), [String(this.#ttl), ...entries])
        .then((unknown) => Promise.all(unknown.map((entry) => this.#restore(room, entry))))
        // What goes wrong here goes well the next time, or Redis is lost and the link knows.
        .catch(() => {});
    }
  }

  /** Redis does not know a member any more: it was emptied, or did not hear of us for too long. */
  async #restore(room: string, entry: string): Promise<void> {
    const member = entry.slice(this.#instance.length + 1);
    const information = this.#rooms.get(room)?.get(member);
    // It has left since.
    if (information === undefined) return;
    await this.#commands.askOnce(ENTER, this.#keys(room), [entry, information, String(this.#ttl)]);
    if (!this.#rooms.get(room)?.has(member)) await this.#commands.askOnce(LEAVE, this.#keys(room), [entry]);
  }

  #forget(room: string, member: string): void {
    const members = this.#rooms.get(room);
    members?.delete(member);
    if (members?.size === 0) this.#rooms.delete(room);
  }

  #ask(script: Script, room: string, args: readonly string[], isChange = true): Promise<readonly string[]> {
    const size = args.reduce((sum, arg) => sum + arg.length, 0);
    return this.#commands.ask({ script, keys: this.#keys(room), args: () => args, isChange, size });
  }

  #keys(room: string): string[] {
    const { alive, told, members } = keysOf(this.#prefix, room);
    return [alive, told, members];
  }

  #entry(member: string): string {
    return `${this.#instance} ${member}`;
  }
}
