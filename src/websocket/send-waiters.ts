// sendWithBackpressure(): promises that resolve when there is room, in the order of the calls. Nothing here is made for a
// connection that never uses it.

interface Waiter {
  readonly send: () => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Calls that wait for room. */
export class SendWaiters {
  #waiting: Waiter[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Waits for its turn. `send` may throw: then the promise rejects. */
  wait(send: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ send, resolve, reject });
    });
  }

  /** There is room: lets calls through, in order, while `hasRoom` says so. */
  release(hasRoom: () => boolean): void {
    let count = 0;
    while (count < this.#waiting.length && hasRoom()) {
      const { send, resolve, reject } = this.#waiting[count++] as Waiter;
      try {
        send();
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    }
    this.#waiting = this.#waiting.slice(count);
  }

  /** There will be no room any more. */
  abandon(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}
