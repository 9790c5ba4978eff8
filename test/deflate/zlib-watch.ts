// Stands between the code under test and node:zlib: keeps every stream that is made, counts what comes out of it, and
// can make zlib fail as it does when memory runs out. Use it as the factory of `vi.mock('node:zlib', ...)`.
import type * as zlib from 'node:zlib';

/** One stream and what was seen of it. */
export interface WatchedStream {
  readonly stream: zlib.DeflateRaw | zlib.InflateRaw;
  outputLength: number;
}

/** The state of the watch. `reset` it before each test. */
export const watch = {
  streams: [] as WatchedStream[],
  /** The options of every one-shot call. */
  oneShots: [] as zlib.ZlibOptions[],
  /** The next so many streams cannot be made. */
  failStreams: 0,
  /** The next so many streams are made before that. */
  passStreams: 0,
  /** The next so many one-shot calls fail. */
  failOneShots: 0,
  reset(): void {
    this.streams = [];
    this.oneShots = [];
    this.failStreams = 0;
    this.passStreams = 0;
    this.failOneShots = 0;
  },
};

/** The error that Node throws when a buffer cannot be had. */
export const NO_MEMORY = new RangeError('Array buffer allocation failed');

/** node:zlib, watched. */
export async function watchedZlib(importOriginal: () => Promise<typeof zlib>): Promise<typeof zlib> {
  const actual = await importOriginal();

  function stream<Stream extends zlib.DeflateRaw | zlib.InflateRaw>(make: (options?: zlib.ZlibOptions) => Stream) {
    return (options?: zlib.ZlibOptions): Stream => {
      if (watch.passStreams > 0) watch.passStreams -= 1;
      else if (watch.failStreams > 0) {
        watch.failStreams -= 1;
        throw NO_MEMORY;
      }
      const made = make(options);
      const entry: WatchedStream = { stream: made, outputLength: 0 };
      watch.streams.push(entry);
      made.on('data', (chunk: Buffer) => {
        entry.outputLength += chunk.length;
      });
      return made;
    };
  }

  function oneShot<Result>(run: (data: zlib.InputType, options?: zlib.ZlibOptions) => Result) {
    return (data: zlib.InputType, options: zlib.ZlibOptions = {}): Result => {
      watch.oneShots.push(options);
      if (watch.failOneShots > 0) {
        watch.failOneShots -= 1;
        throw NO_MEMORY;
      }
      return run(data, options);
    };
  }

  return {
    ...actual,
    createDeflateRaw: stream(actual.createDeflateRaw),
    createInflateRaw: stream(actual.createInflateRaw),
    deflateRawSync: oneShot(actual.deflateRawSync),
    inflateRawSync: oneShot(actual.inflateRawSync),
  };
}
