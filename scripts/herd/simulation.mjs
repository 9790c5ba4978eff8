// A herd in simulated time: so many clients, each the whole client with its own state machine, lose their server at one moment,
// and begin handshakes until they have it again. Nothing depends on the machine or its load: only when each handshake begins is
// looked at, and time and chance are handed in. Knows of no socket.
// @ts-check

/** Milliseconds that a handshake takes. */
const HANDSHAKE = 5;

/**
 * @param {new (url: string, options: object) => object} ResilientWebSocket
 * @param {object} herd
 * @param {number} herd.clients
 * @param {number} herd.away milliseconds until the server is back
 * @param {number} herd.until milliseconds after the loss
 * @param {number | undefined} herd.jitter the option; `undefined`: its default
 * @returns {Promise<number[]>} when each handshake began with the server that is back, in milliseconds after the loss
 */
export async function simulate(ResilientWebSocket, { clients, away, until, jitter }) {
  const world = new Time();
  /** @type {Set<{ onEnd(end: object): void }>} */
  const open = new Set();
  /** @type {number[]} */
  const handshakes = [];
  let lostAt = Number.NEGATIVE_INFINITY;
  const isUp = () => world.now() - lostAt >= away;
  const transport = {
    name: 'websocket',
    /** @param {object} _request @param {{ onOpen(): void, onEnd(end: object): void }} listener */
    open(_request, listener) {
      if (isUp() && lostAt >= 0) handshakes.push(world.now() - lostAt);
      world.setTimeout(() => {
        if (!isUp()) return listener.onEnd({ code: 1006, reason: 'refused', wasClean: false });
        open.add(listener);
        listener.onOpen();
      }, HANDSHAKE);
      return { bufferedAmount: 0, send() {}, ping: () => true, close() {}, drop: () => open.delete(listener) };
    },
  };
  for (let count = 0; count < clients; count++) {
    new ResilientWebSocket('ws://localhost/', { platform: world, transports: [transport], pingInterval: 0, jitter });
  }
  await world.runTo(10_000);
  if (open.size !== clients) throw new Error(`only ${open.size} clients are connected`);
  lostAt = world.now();
  for (const listener of [...open]) listener.onEnd({ code: 1006, reason: 'lost', wasClean: false });
  await world.runTo(lostAt + until);
  return handshakes;
}

/**
 * @param {readonly number[]} times milliseconds
 * @param {number} window milliseconds
 * @returns {number} the most that fall into any window of that length
 */
export function peak(times, window) {
  const sorted = times.toSorted((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [index, time] of sorted.entries()) {
    while (/** @type {number} */ (sorted[from]) <= time - window) from++;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

/**
 * Chance that is the same in every run: mulberry32.
 *
 * @param {number} seed
 * @returns {() => number} draws from 0 up to 1
 */
export function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Time in whole milliseconds, and chance that is the same in every run. */
class Time {
  #now = 0;
  /** That is the same in every run. */
  random = seededRandom(1);
  /** @type {Map<number, Set<() => void>>} */
  #acts = new Map();

  now() {
    return this.#now;
  }

  /** @param {() => void} act @param {number} delay */
  setTimeout(act, delay) {
    const at = this.#now + Math.max(1, Math.round(delay));
    const acts = this.#acts.get(at) ?? new Set();
    this.#acts.set(at, acts.add(act));
    return { at, act };
  }

  /** @param {{ at: number, act: () => void } | undefined} timer */
  clearTimeout(timer) {
    if (timer !== undefined) this.#acts.get(timer.at)?.delete(timer.act);
  }

  isOnline() {
    return true;
  }

  watch() {
    return () => {};
  }

  /** @param {number} end */
  async runTo(end) {
    await new Promise((resolve) => setImmediate(resolve));
    for (; this.#now < end; this.#now++) {
      const acts = this.#acts.get(this.#now);
      if (acts === undefined) continue;
      this.#acts.delete(this.#now);
      for (const act of acts) act();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
