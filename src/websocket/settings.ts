// Everything an endpoint is told once: the limits, with their defaults, and what they mean. Shared by all connections of
// a server, so that a connection costs nothing for it.
import { constants } from 'node:buffer';
import type { EventEmitter } from 'node:events';
import type { ConnectionOptions, FastProducerPolicy, RateLimit } from '../connection/index.ts';

export type { FastProducerPolicy } from '../connection/index.ts';

/** What happens to messages for a peer that reads more slowly than we send (`slowConsumer`). */
export type SlowConsumerPolicy = 'close' | 'drop-newest' | 'drop-oldest' | 'conflate';

/** The limits and habits of an endpoint. Times in milliseconds, sizes in bytes. */
export interface EndpointSettings extends ConnectionOptions {
  /** How long the peer has to answer our Close and to close TCP. */
  readonly closeTimeout: number;
  /** How long a message may stay unfinished; 0 for no limit. */
  readonly messageTimeout: number;
  /** How long the kernel may refuse our bytes; 0 for no limit. */
  readonly writeTimeout: number;
  /** `send()` answers `false` above it. */
  readonly highWaterMark: number;
  /** Above it {@link slowConsumer} is applied; `Infinity` for no limit. */
  readonly maxBufferedAmount: number;
  readonly slowConsumer: SlowConsumerPolicy;
  /** Between two Pings; 0 for no heartbeat. */
  readonly heartbeatInterval: number;
  /** For a sign of life after a Ping. */
  readonly heartbeatTimeout: number;
  /** After which the connection is closed, with up to a tenth more at random; 0 for no limit. */
  readonly maxLifetime: number;
  /**
   * Told that a connection is over, before its application is: by nothing that an application could take away. Said by the
   * server that has these settings.
   */
  onClosed: ((websocket: EventEmitter) => void) | undefined;
}

/** The defaults of both roles: safe on the open internet (RFC 6455 §10.4(b)). */
export const Defaults = {
  maxPayload: 1_048_576,
  maxFragments: 65_536,
  maxMessageRate: 0,
  fastProducer: 'pause',
  closeTimeout: 30_000,
  messageTimeout: 30_000,
  writeTimeout: 60_000,
  highWaterMark: 65_536,
  maxBufferedAmount: 4_194_304,
  slowConsumer: 'close',
  heartbeatInterval: 30_000,
  heartbeatTimeout: 30_000,
  handshakeTimeout: 10_000,
  threshold: 1_024,
} as const;

/** The options by which an application changes {@link EndpointSettings}, on servers and clients alike. */
export interface EndpointOptions {
  /** The longest message in bytes, also after inflation. Default 1 MiB; 0 for no limit. The peer sees 1009. */
  maxPayload?: number | undefined;
  /** The most fragments of one message, empty ones included. Default 65,536; 0 for no limit. The peer sees 1008. */
  maxFragments?: number | undefined;
  /**
   * Messages and control frames that the peer may send in a second, in the long run. Default 0: no limit.
   * What happens above it says {@link fastProducer}.
   */
  maxMessageRate?: number | undefined;
  /** Messages and control frames that it may send at once. Default: as many as in a second, and 1 at least. */
  maxMessageBurst?: number | undefined;
  /**
   * What happens to a peer above {@link maxMessageRate}. Default `'pause'`: nothing more is read until its time has come,
   * so that TCP slows it down, and nothing is lost. `'close'`: the peer sees 1008.
   */
  fastProducer?: FastProducerPolicy | undefined;
  /** Accepted for the sake of `ws` and without effect: incoming pieces are never kept one by one. */
  maxBufferedChunks?: number | undefined;
  /** Accepted for the sake of `ws` and without effect: one Pong waits at most, the answer to the latest Ping. */
  maxPendingAutoPongs?: number | undefined;
  /** Whether text is delivered, and sent where it is bytes, unchecked. Default `false` (RFC 6455 §5.6, §8.1). */
  skipUTF8Validation?: boolean | undefined;
  /** Whether Pings are answered by themselves. Default `true` (RFC 6455 §5.5.2). */
  autoPong?: boolean | undefined;
  /** Whether several messages may be delivered in one turn of the event loop. Default `true`. */
  allowSynchronousEvents?: boolean | undefined;
  /** Milliseconds that the peer has to answer a Close and to close TCP. Default 30,000. */
  closeTimeout?: number | undefined;
  /** Milliseconds that a message may stay unfinished. Default 30,000; 0 for no limit. The peer sees 1008. */
  messageTimeout?: number | undefined;
  /** Milliseconds that bytes may wait for a peer that reads nothing. Default 60,000; 0 for no limit. */
  writeTimeout?: number | undefined;
  /** Bytes in `bufferedAmount` above which `send()` answers `false`. Default 64 KiB. */
  highWaterMark?: number | undefined;
  /** Bytes in `bufferedAmount` above which {@link slowConsumer} is applied. Default 4 MiB; 0 for no limit. */
  maxBufferedAmount?: number | undefined;
  /** What then happens. Default `'close'`: the peer sees 1013. */
  slowConsumer?: SlowConsumerPolicy | undefined;
  /** Pings: `true` for every 30 s with 30 s to answer, `false` for none, or both times in milliseconds. */
  heartbeat?: boolean | { interval?: number | undefined; timeout?: number | undefined } | undefined;
  /** Milliseconds after which a connection is closed with 1001, spread by a tenth. Default 0: never. */
  maxLifetime?: number | undefined;
}

/** What differs between the roles, or is known elsewhere. */
export interface RoleSettings {
  readonly isServer: boolean;
  readonly nextMaskingKey: (() => number) | undefined;
  readonly threshold: number;
  /** Whether there is a heartbeat when nobody says. */
  readonly heartbeat: boolean;
}

/**
 * Reads the options of an application.
 *
 * @throws TypeError or RangeError naming the option that is not what it must be.
 */
export function readSettings(options: EndpointOptions, role: RoleSettings): EndpointSettings {
  const heartbeat = options.heartbeat ?? role.heartbeat;
  const times = typeof heartbeat === 'object' ? heartbeat : {};
  const heartbeatTimeout = amount('heartbeat.timeout', times.timeout, Defaults.heartbeatTimeout);
  if (heartbeatTimeout === 0) throw new RangeError('heartbeat.timeout must be more than 0: nobody answers at once');
  const maxBufferedAmount = orInfinite(
    amount('maxBufferedAmount', options.maxBufferedAmount, Defaults.maxBufferedAmount),
  );
  const slow = options.slowConsumer ?? Defaults.slowConsumer;
  if (!['close', 'drop-newest', 'drop-oldest', 'conflate'].includes(slow)) {
    throw new TypeError(
      `slowConsumer must be 'close', 'drop-newest', 'drop-oldest' or 'conflate', got ${String(slow)}`,
    );
  }
  const fastProducer = options.fastProducer ?? Defaults.fastProducer;
  if (!['pause', 'close'].includes(fastProducer)) {
    throw new TypeError(`fastProducer must be 'pause' or 'close', got ${String(fastProducer)}`);
  }
  return {
    isServer: role.isServer,
    nextMaskingKey: role.nextMaskingKey,
    threshold: role.threshold,
    // Without a limit, still no more than a Buffer can hold.
    maxPayload: Math.min(
      orInfinite(amount('maxPayload', options.maxPayload, Defaults.maxPayload)),
      constants.MAX_LENGTH,
    ),
    maxFragments: orInfinite(amount('maxFragments', options.maxFragments, Defaults.maxFragments)),
    messageRate: readMessageRate(options),
    fastProducer,
    validateText: options.skipUTF8Validation !== true,
    autoPong: options.autoPong !== false,
    oneAtATime: options.allowSynchronousEvents === false,
    closeTimeout: amount('closeTimeout', options.closeTimeout, Defaults.closeTimeout),
    messageTimeout: amount('messageTimeout', options.messageTimeout, Defaults.messageTimeout),
    writeTimeout: amount('writeTimeout', options.writeTimeout, Defaults.writeTimeout),
    // `send()` answers `false` no later than the policy is applied.
    highWaterMark: Math.min(amount('highWaterMark', options.highWaterMark, Defaults.highWaterMark), maxBufferedAmount),
    maxBufferedAmount,
    slowConsumer: slow,
    heartbeatInterval:
      heartbeat === false ? 0 : amount('heartbeat.interval', times.interval, Defaults.heartbeatInterval),
    heartbeatTimeout,
    maxLifetime: amount('maxLifetime', options.maxLifetime, 0),
    onClosed: undefined,
  };
}

/**
 * A number of bytes, milliseconds or things.
 *
 * @throws TypeError when it is no number, RangeError when it is negative.
 */
export function amount(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`${name} must be a number, got ${String(value)}`);
  }
  if (value < 0) throw new RangeError(`${name} must not be negative, got ${value}`);
  return value;
}

/** @throws TypeError or RangeError as {@link readSettings}. */
function readMessageRate(options: EndpointOptions): RateLimit | undefined {
  const perSecond = amount('maxMessageRate', options.maxMessageRate, Defaults.maxMessageRate);
  const burst = amount('maxMessageBurst', options.maxMessageBurst, Math.max(1, perSecond));
  if (burst < 1) throw new RangeError('maxMessageBurst must be at least 1: with less no message would ever be read');
  return perSecond === 0 || perSecond === Number.POSITIVE_INFINITY ? undefined : { perSecond, burst };
}

/** Of the limits where 0 says that there is none. */
function orInfinite(limit: number): number {
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}
