// What a stream can be told, with the defaults; and what it means. Limits are safe on the open internet.

/** What happens to events for a client that reads more slowly than they are sent. */
export type SlowConsumerPolicy = 'close' | 'drop-newest' | 'drop-oldest' | 'conflate';

/** The defaults of {@link EventStreamOptions}. Times in milliseconds, sizes in bytes. */
export const EventStreamDefaults = {
  retry: 3_000,
  retrySpread: 0.3,
  heartbeat: 20_000,
  highWaterMark: 65_536,
  maxBufferedAmount: 4_194_304,
  slowConsumer: 'close',
  writeTimeout: 60_000,
  maxLifetime: 0,
  maxLastEventIdLength: 1_024,
} as const;

/** The options of one event stream. */
export interface EventStreamOptions {
  /** The reconnection time in milliseconds that the client is told first of all (`retry`). Default 3,000; `false`: none. */
  readonly retry?: number | false | undefined;
  /**
   * By which part of itself {@link retry} is made longer or shorter, at random for each client, so that a crowd that lost
   * its server does not come again in one moment. From 0 to 1. Default 0.3.
   */
  readonly retrySpread?: number | undefined;
  /** Milliseconds after the last write until a comment tells proxies that the stream lives. Default 20,000; 0: never. */
  readonly heartbeat?: number | undefined;
  /** Bytes in `bufferedAmount` above which `send` answers `false`. Default 64 KiB. */
  readonly highWaterMark?: number | undefined;
  /** Bytes in `bufferedAmount` above which {@link slowConsumer} is applied. Default 4 MiB; 0 for no limit. */
  readonly maxBufferedAmount?: number | undefined;
  /**
   * What then happens. Default `'close'`: the connection ends, and an EventSource comes again with its last event ID.
   * `'drop-newest'`: what is sent is dropped. `'drop-oldest'` and `'conflate'`: what waits is, the oldest first, or what
   * has the key of a newer event.
   */
  readonly slowConsumer?: SlowConsumerPolicy | undefined;
  /** Milliseconds that bytes may wait for a client that takes nothing. Default 60,000; 0 for no limit. */
  readonly writeTimeout?: number | undefined;
  /** Milliseconds after which the stream is closed, with up to a tenth more at random. Default 0: never. */
  readonly maxLifetime?: number | undefined;
  /** Bytes that a last event ID may have; one with more is ignored. Default 1,024. */
  readonly maxLastEventIdLength?: number | undefined;
  /** Fields of the response beside those of an event stream, which win. What `reply.getHeaders()` of Fastify gives is right. */
  readonly headers?: Readonly<Record<string, string | number | readonly string[] | undefined>> | undefined;
}

/** {@link EventStreamOptions} as they are used. */
export interface EventStreamSettings {
  /** `undefined`: none is told. */
  readonly retry: number | undefined;
  readonly heartbeat: number;
  readonly highWaterMark: number;
  readonly maxBufferedAmount: number;
  readonly slowConsumer: SlowConsumerPolicy;
  readonly writeTimeout: number;
  readonly maxLifetime: number;
  readonly maxLastEventIdLength: number;
}

const POLICIES: readonly unknown[] = ['close', 'drop-newest', 'drop-oldest', 'conflate'];

/**
 * Reads the options of an application, and chooses the reconnection time of this client.
 *
 * @throws TypeError or RangeError naming the option that is not what it must be.
 */
export function readSettings(options: EventStreamOptions): EventStreamSettings {
  const limit = amount('maxBufferedAmount', options.maxBufferedAmount, EventStreamDefaults.maxBufferedAmount);
  const maxBufferedAmount = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  const slowConsumer = options.slowConsumer ?? EventStreamDefaults.slowConsumer;
  if (!POLICIES.includes(slowConsumer)) {
    throw new TypeError(
      `slowConsumer must be 'close', 'drop-newest', 'drop-oldest' or 'conflate', got ${String(slowConsumer)}`,
    );
  }
  return {
    retry: spread(options),
    heartbeat: amount('heartbeat', options.heartbeat, EventStreamDefaults.heartbeat),
    // `send` answers `false` no later than the policy is applied.
    highWaterMark: Math.min(
      amount('highWaterMark', options.highWaterMark, EventStreamDefaults.highWaterMark),
      maxBufferedAmount,
    ),
    maxBufferedAmount,
    slowConsumer,
    writeTimeout: amount('writeTimeout', options.writeTimeout, EventStreamDefaults.writeTimeout),
    maxLifetime: amount('maxLifetime', options.maxLifetime, EventStreamDefaults.maxLifetime),
    maxLastEventIdLength: amount(
      'maxLastEventIdLength',
      options.maxLastEventIdLength,
      EventStreamDefaults.maxLastEventIdLength,
    ),
  };
}

/** The reconnection time of one client, a whole number of milliseconds. */
function spread({ retry, retrySpread }: EventStreamOptions): number | undefined {
  const part = amount('retrySpread', retrySpread, EventStreamDefaults.retrySpread);
  if (part > 1) throw new RangeError(`retrySpread must be at most 1, got ${part}`);
  if (retry === false) return undefined;
  const base = amount('retry', retry, EventStreamDefaults.retry);
  const chosen = Math.round(base * (1 + (2 * Math.random() - 1) * part));
  if (!Number.isSafeInteger(chosen)) throw new RangeError(`retry must be a time, got ${base}`);
  return chosen;
}

/** A number of bytes or milliseconds. */
function amount(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`${name} must be a number, got ${String(value)}`);
  }
  if (value < 0) throw new RangeError(`${name} must not be negative, got ${value}`);
  return value;
}
