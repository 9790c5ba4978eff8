// Who is in which room, as far as it is this instance's to say: several memberships of one identity count once. Coming and
// going are events of the room's log, so that every transport tells them in their order.
import type { Broker } from './broker.ts';
import { Retry } from './retry.ts';

/** The types of the events that tell of presence. Nobody else may publish them. */
export const MEMBER_JOINED = 'MEMBER_JOINED';
export const MEMBER_LEFT = 'MEMBER_LEFT';

/** Told when the coming or going of a member could not be announced: whoever asks the broker is told the truth all the same. */
export type OnFault = (error: unknown, room: string) => void;

interface Entry {
  readonly room: string;
  readonly identity: string;
  readonly information: string;
  /** Memberships here. */
  count: number;
  /** Whether the broker has been told. */
  isEntered: boolean;
  settling: Promise<void> | undefined;
}

/** The presence of all members of one instance. */
export class PresenceRegister {
  readonly #broker: Broker;
  readonly #onFault: OnFault;
  readonly #rooms = new Map<string, Map<string, Entry>>();
  /** Those that the broker could not be told of as gone. */
  readonly #unsettled = new Set<Entry>();
  readonly #retry = new Retry(() => this.#settleAll());

  constructor(broker: Broker, onFault: OnFault) {
    this.#broker = broker;
    this.#onFault = onFault;
  }

  /**
   * A membership begins.
   *
   * @param information the text of a JSON value. That of the first membership counts.
   * @returns a promise that resolves when the broker knows. It rejects with its error; then nobody has entered.
   */
  async enter(room: string, identity: string, information: string): Promise<void> {
    let entries = this.#rooms.get(room);
    if (entries === undefined) {
      entries = new Map();
      this.#rooms.set(room, entries);
    }
    let entry = entries.get(identity);
    if (entry === undefined) {
      entry = { room, identity, information, count: 0, isEntered: false, settling: undefined };
      entries.set(identity, entry);
    }
    entry.count++;
    try {
      await this.#settle(entry);
    } catch (error) {
      this.leave(room, identity);
      throw error;
    }
  }

  /** A membership that has entered is over. */
  leave(room: string, identity: string): void {
    const entry = this.#rooms.get(room)?.get(identity) as Entry;
    entry.count--;
    this.#settleLater(entry);
  }

  /** The broker may be reached again. */
  retryNow(): void {
    this.#retry.now();
  }

  /** Resolves when everything has been told that can be. Nothing is tried again from then on. */
  async close(): Promise<void> {
    const settling = [...this.#rooms.values()].flatMap((entries) =>
      [...entries.values()].map((entry) => entry.settling),
    );
    await Promise.allSettled(settling);
    this.#retry.cancel();
    this.#unsettled.clear();
    this.#rooms.clear();
  }

  #settleLater(entry: Entry): void {
    this.#settle(entry).catch(() => {
      this.#unsettled.add(entry);
      if (!this.#retry.isPending) this.#retry.later();
    });
  }

  #settleAll(): void {
    const unsettled = [...this.#unsettled];
    this.#unsettled.clear();
    for (const entry of unsettled) this.#settleLater(entry);
  }

  /** Tells the broker what is so, one thing after the other, until it knows. */
  #settle(entry: Entry): Promise<void> {
    if (entry.settling !== undefined) return entry.settling;
    if (entry.count > 0 === entry.isEntered) {
      this.#removeIfGone(entry);
      return Promise.resolve();
    }
    entry.settling = this.#tell(entry);
    return entry.settling;
  }

  async #tell(entry: Entry): Promise<void> {
    try {
      while (entry.count > 0 !== entry.isEntered) await this.#tellOnce(entry);
      this.#retry.succeeded();
    } finally {
      entry.settling = undefined;
    }
    this.#removeIfGone(entry);
  }

  async #tellOnce(entry: Entry): Promise<void> {
    const { room, identity, information } = entry;
    if (entry.isEntered) {
      const isGone = await this.#broker.leave(room, identity);
      entry.isEntered = false;
      if (isGone) await this.#announce(MEMBER_LEFT, entry);
    } else {
      const isNew = await this.#broker.enter(room, { member: identity, information });
      entry.isEntered = true;
      if (isNew) await this.#announce(MEMBER_JOINED, entry);
    }
  }

  async #announce(type: string, { room, identity, information }: Entry): Promise<void> {
    const data = `{"type":"${type}","member":${JSON.stringify(identity)},"information":${information}}`;
    try {
      await this.#broker.append(room, data, { except: undefined, key: undefined });
    } catch (error) {
      this.#onFault(error, room);
    }
  }

  #removeIfGone({ room, identity, count }: Entry): void {
    if (count > 0) return;
    const entries = this.#rooms.get(room);
    entries?.delete(identity);
    if (entries?.size === 0) this.#rooms.delete(room);
  }
}
