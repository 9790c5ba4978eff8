// What a server has counted since it began. Only sums, under names that are known beforehand: no client can make it remember
// more.

/** Statuses that requests and opening handshakes are refused with; others are counted together. */
const STATUSES = [400, 401, 403, 404, 405, 408, 413, 415, 426, 429, 431, 500, 503] as const;
/** Close codes of WebSockets; others are counted together. */
const CLOSE_CODES = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 4001, 4003, 4029] as const;
const OTHER = 'other';

/** RFC 6455 §7.4.2: the server's own code for a client that reads too slowly. */
const TRY_AGAIN_LATER = 1013;
const LOWEST_REFUSAL = 400;

/** The counts of one server. */
export class Statistics {
  /** Events that clients of this server have published. */
  published = 0;
  /** Members that were told of a gap. */
  gaps = 0;
  /** Clients that were sent away because they read too slowly. */
  readonly slow = { websocket: 0, sse: 0 };
  readonly #refusals = zeros(STATUSES);
  readonly #closes = zeros(CLOSE_CODES);

  /** How many requests and handshakes were refused, by status. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** How many WebSockets have closed, by code. */
  get closes(): ReadonlyMap<string, number> {
    return this.#closes;
  }

  /** A request or a handshake has been answered. */
  answered(status: number): void {
    if (status >= LOWEST_REFUSAL) count(this.#refusals, status);
  }

  /** A WebSocket has closed. */
  closed(code: number): void {
    if (code === TRY_AGAIN_LATER) this.slow.websocket++;
    count(this.#closes, code);
  }
}

function zeros(names: readonly number[]): Map<string, number> {
  return new Map([...names.map(String), OTHER].map((name) => [name, 0]));
}

function count(counts: Map<string, number>, name: number): void {
  const key = counts.has(String(name)) ? String(name) : OTHER;
  counts.set(key, (counts.get(key) as number) + 1);
}
