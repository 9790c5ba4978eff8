// What a long poll and the reading of a body can be told, with the defaults. Limits are safe on the open internet.

/** The defaults of this folder. Times in milliseconds, sizes in bytes. */
export const PollDefaults = {
  holdTimeout: 30_000,
  writeTimeout: 60_000,
  maxMessages: 100,
  maxBatchSize: 262_144,
  maxSinceLength: 1_024,
  maxBodySize: 65_536,
  bodyTimeout: 10_000,
  maxSessions: 10_000,
  maxSessionsPerIdentity: 16,
} as const;

/** How much one answer may hold. */
export interface BatchLimits {
  /** Messages of one answer. Default 100. */
  readonly maxMessages?: number | undefined;
  /** Bytes of the messages of one answer, as JSON. Default 256 KiB. One message always fits, or nobody would get past it. */
  readonly maxBatchSize?: number | undefined;
}

/** The options of one poll. */
export interface PollOptions extends BatchLimits {
  /** Milliseconds after which a poll that nobody has answered is answered with no messages. Default 30,000. */
  readonly holdTimeout?: number | undefined;
  /** Milliseconds for the client to take the answer, with node:http. Default 60,000; 0 for no limit. */
  readonly writeTimeout?: number | undefined;
  /** The cursor of the answer with no messages: where the client stands already. Default `null`, for a client without one. */
  readonly cursor?: string | null | undefined;
  /** Fields of the response beside those of a poll, which win. What `reply.getHeaders()` of Fastify gives is right. */
  readonly headers?: Readonly<Record<string, string | number | readonly string[] | undefined>> | undefined;
}

/** The limits of a body. */
export interface BodyOptions {
  /** Bytes that it may have. Default 64 KiB. */
  readonly maxBodySize?: number | undefined;
  /** Milliseconds for all of it, from the call. Default 10,000; 0 for no limit. */
  readonly bodyTimeout?: number | undefined;
}

/** How many polls may be outstanding. */
export interface PollSessionsOptions {
  /** Over all. Default 10,000. */
  readonly maxSessions?: number | undefined;
  /** Of one identity. Default 16. */
  readonly maxSessionsPerIdentity?: number | undefined;
}

/**
 * A number of bytes, milliseconds or things.
 *
 * @throws TypeError when it is no number, RangeError when it is less than `least`.
 */
export function amount(name: string, value: number | undefined, otherwise: number, least = 0): number {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`${name} must be a number, got ${String(value)}`);
  }
  if (value < least) throw new RangeError(`${name} must be at least ${least}, got ${value}`);
  return value;
}
