// Messages that wait for a slow peer and may still be dropped: whole ones, not framed yet, oldest first.

/** A message that waits. */
export interface WaitingMessage<Message> {
  readonly message: Message;
  /** Of messages with the same key only the newest matters. */
  readonly key: string | undefined;
  /** Bytes of its payload. */
  readonly size: number;
}

/** What a message that waits costs beside its payload, in bytes: a flood of empty ones is no cheaper than one of others. */
export const COST_OF_WAITING = 256;

/** A queue that drops from its front, or from anywhere by key. */
export class Backlog<Message> {
  /** A Map keeps the order of insertion, and deletes from the middle. */
  readonly #waiting = new Map<number, WaitingMessage<Message>>();
  readonly #byKey = new Map<string, number>();
  #next = 0;
  #size = 0;

  /** Bytes of all payloads that wait. */
  get size(): number {
    return this.#size;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /**
   * Adds a message at the end.
   *
   * @param conflate whether an older one with the same key makes room for it.
   * @param limit bytes that may wait: the oldest are dropped until it is kept. One message is always kept.
   * @param most messages that may wait, in the same way.
   * @returns the messages that were dropped, oldest first.
   */
  push(added: WaitingMessage<Message>, conflate: boolean, limit: number, most: number): WaitingMessage<Message>[] {
    const dropped: WaitingMessage<Message>[] = [];
    if (conflate && added.key !== undefined) {
      const older = this.#byKey.get(added.key);
      if (older !== undefined) dropped.push(this.#take(older));
      this.#byKey.set(added.key, this.#next);
    }
    this.#waiting.set(this.#next++, added);
    this.#size += added.size;
    while ((this.#size > limit || this.#waiting.size > most) && this.#waiting.size > 1) {
      dropped.push(this.shift() as WaitingMessage<Message>);
    }
    return dropped;
  }

  /** Takes the oldest out. */
  shift(): WaitingMessage<Message> | undefined {
    for (const place of this.#waiting.keys()) return this.#take(place);
    return undefined;
  }

  #take(place: number): WaitingMessage<Message> {
    const taken = this.#waiting.get(place) as WaitingMessage<Message>;
    this.#waiting.delete(place);
    if (taken.key !== undefined && this.#byKey.get(taken.key) === place) this.#byKey.delete(taken.key);
    this.#size -= taken.size;
    return taken;
  }
}
