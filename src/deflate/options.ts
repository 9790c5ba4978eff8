// What an application may say about permessage-deflate: the options of `ws`, checked and completed.
// A mistake here is the caller's own and is thrown at once. What the peer says is not this file's business.
import type { ZlibOptions } from 'node:zlib';
import { assertWindowBits } from './parameters.ts';

/** Messages shorter than this are sent uncompressed (bytes). */
export const DEFAULT_THRESHOLD = 1024;

/** Asynchronous zlib jobs at one time. Without a limit 20,000 small ones took 4.3 GiB at once; ten at a time 61 MiB. */
export const DEFAULT_CONCURRENCY_LIMIT = 10;

/** The options of permessage-deflate, named as in `ws`. Every one may be left out. */
export interface PerMessageDeflateOptions {
  /**
   * The server forgets its window after every message. Default `true`. `false` lets it remember, which compresses
   * better, costs some 250 KiB a connection, and mixes secrets with whatever an attacker gets into the same window
   * (CRIME, BREACH: RFC 7692 §8(a)). A peer that asks the server to forget is obeyed either way (RFC 7692 §7.1.1.1).
   */
  readonly serverNoContextTakeover?: boolean | undefined;
  /** The client forgets its window after every message. Default `true`; `false` lets it remember (§7.1.1.2). */
  readonly clientNoContextTakeover?: boolean | undefined;
  /**
   * The server's largest window. A number from 8 to 15 is this endpoint's own limit (server) or demand (client);
   * `true`, the default, leaves it to the peer; `false` makes a server decline an offer that demands one (§7.1.2.1).
   */
  readonly serverMaxWindowBits?: number | boolean | undefined;
  /**
   * The client's largest window. A number from 8 to 15 is what a server demands, declining clients that cannot, and
   * what a client promises; `true`, the default, makes a client say that it can be limited; `false` makes a client
   * not say so and a server not use it (§7.1.2.2).
   */
  readonly clientMaxWindowBits?: number | boolean | undefined;
  /** `level`, `memLevel`, `strategy` and `chunkSize` for compression, see {@link DeflateSettings}. */
  readonly zlibDeflateOptions?: ZlibOptions | undefined;
  /** `chunkSize` for decompression, see {@link InflateSettings}. */
  readonly zlibInflateOptions?: ZlibOptions | undefined;
  /** Messages shorter than this many bytes are not worth compressing. Default 1024. */
  readonly threshold?: number | undefined;
  /** Asynchronous zlib jobs at one time, at least 1; `Infinity` for no limit. Default 10. */
  readonly concurrencyLimit?: number | undefined;
}

/**
 * How to compress. zlib options that belong to the protocol (`windowBits`, `flush`, `finishFlush`, `info`,
 * `maxOutputLength`) are not the application's and are ignored, as `ws` ignores `windowBits`.
 */
export interface DeflateSettings {
  /** -1 (zlib's default, which is 6) to 9. */
  readonly level?: number;
  /** 1 to 9, default 8: the most memory zlib may use. A short message gets less, because it needs less. */
  readonly memLevel?: number;
  /** 0 to 4: one of zlib's strategy constants. */
  readonly strategy?: number;
  /** Bytes of output per step of an asynchronous job, at least 64. */
  readonly chunkSize?: number;
}

/** How to decompress. */
export interface InflateSettings {
  /** Bytes of output per step of an asynchronous job, at least 64: a bomb is stopped at most this far past the limit. */
  readonly chunkSize?: number;
}

/** {@link PerMessageDeflateOptions} with every default filled in and every value checked. */
export interface NormalisedOptions {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: number | boolean;
  readonly clientMaxWindowBits: number | boolean;
  readonly deflateSettings: DeflateSettings;
  readonly inflateSettings: InflateSettings;
  readonly threshold: number;
  readonly concurrencyLimit: number;
}

/** The bounds that Node's zlib sets to its own options. */
const LEVEL = { least: -1, most: 9 } as const;
const MEM_LEVEL = { least: 1, most: 9 } as const;
const STRATEGY = { least: 0, most: 4 } as const;
const CHUNK_SIZE = { least: 64, most: 0x7fff_ffff } as const;

/**
 * Checks the options and fills in what was left out.
 *
 * @param options - what the application gave
 * @returns the complete options
 * @throws TypeError when a value has the wrong type, or a zlib `dictionary` was given
 * @throws RangeError when a number is out of range
 */
export function normaliseOptions(options: PerMessageDeflateOptions = {}): NormalisedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('perMessageDeflate options must be an object');
  }
  return {
    serverNoContextTakeover: booleanOf('serverNoContextTakeover', options.serverNoContextTakeover),
    clientNoContextTakeover: booleanOf('clientNoContextTakeover', options.clientNoContextTakeover),
    serverMaxWindowBits: windowBitsOf('serverMaxWindowBits', options.serverMaxWindowBits),
    clientMaxWindowBits: windowBitsOf('clientMaxWindowBits', options.clientMaxWindowBits),
    deflateSettings: deflateSettingsOf(options.zlibDeflateOptions),
    inflateSettings: inflateSettingsOf(options.zlibInflateOptions),
    threshold: thresholdOf(options.threshold),
    concurrencyLimit: concurrencyLimitOf(options.concurrencyLimit),
  };
}

/**
 * Takes from zlib's options what an application may choose about compression.
 *
 * @param options - options in the shape of `node:zlib`
 * @returns the settings that were given, each in its range
 * @throws TypeError when it is not an object, or has a `dictionary`: nothing in the handshake could agree on one
 * @throws RangeError when a number is out of range
 */
export function deflateSettingsOf(options: ZlibOptions = {}): DeflateSettings {
  assertZlibOptions('zlibDeflateOptions', options);
  return {
    ...settingOf('level', options.level, LEVEL),
    ...settingOf('memLevel', options.memLevel, MEM_LEVEL),
    ...settingOf('strategy', options.strategy, STRATEGY),
    ...settingOf('chunkSize', options.chunkSize, CHUNK_SIZE),
  };
}

/**
 * Takes from zlib's options what an application may choose about decompression.
 *
 * @param options - options in the shape of `node:zlib`
 * @returns the settings that were given, each in its range
 * @throws TypeError when it is not an object, or has a `dictionary`
 * @throws RangeError when a number is out of range
 */
export function inflateSettingsOf(options: ZlibOptions = {}): InflateSettings {
  assertZlibOptions('zlibInflateOptions', options);
  return settingOf('chunkSize', options.chunkSize, CHUNK_SIZE);
}

function assertZlibOptions(name: string, options: ZlibOptions): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${name} must be an object`);
  if (options.dictionary !== undefined) {
    throw new TypeError(`${name}.dictionary: permessage-deflate has no way to agree on a dictionary`);
  }
}

function settingOf<Name extends string>(
  name: Name,
  value: number | undefined,
  range: { readonly least: number; readonly most: number },
): { readonly [name in Name]?: number } {
  if (value === undefined) return {};
  if (!Number.isInteger(value) || value < range.least || value > range.most) {
    throw new RangeError(`zlib option ${name} must be an integer from ${range.least} to ${range.most}, got ${value}`);
  }
  return { [name]: value } as { readonly [name in Name]?: number };
}

function booleanOf(name: string, value: boolean | undefined): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean`);
  return value;
}

function windowBitsOf(name: string, value: number | boolean | undefined): number | boolean {
  // RFC 7692 §7.3(a): as large as the peer lets it be.
  if (value === undefined) return true;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number or a boolean`);
  assertWindowBits(name, value);
  return value;
}

function thresholdOf(value: number = DEFAULT_THRESHOLD): number {
  if (typeof value !== 'number') throw new TypeError('threshold must be a number');
  if (!(value >= 0)) throw new RangeError(`threshold must not be negative, got ${value}`);
  return value;
}

function concurrencyLimitOf(value: number = DEFAULT_CONCURRENCY_LIMIT): number {
  if (typeof value !== 'number') throw new TypeError('concurrencyLimit must be a number');
  if (!(Number.isInteger(value) || value === Infinity) || value < 1) {
    throw new RangeError(`concurrencyLimit must be an integer of at least 1, or Infinity, got ${value}`);
  }
  return value;
}
