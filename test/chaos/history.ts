// What has happened, as whoever watched has seen it: every publish, every delivery, every fault, in the order of one clock that
// only goes forward. Written while it happens, judged afterwards by checker.ts.

/** How somebody reads or publishes. */
export type Transport = 'websocket' | 'sse' | 'poll' | 'post';

/** What was seen, without the time. `op` is the number of a publish, `who` a subscriber, which is in one room. */
export type Happening =
  /** A publish begins. However often it has to be sent, it is one. */
  | { readonly kind: 'invoke'; readonly op: number; readonly room: string; readonly content: string }
  /** It was answered with an id. */
  | { readonly kind: 'ack'; readonly op: number; readonly id: string; readonly tries: number }
  /** It was refused each time it was sent, in words that say that nothing was appended; nobody tries again. */
  | { readonly kind: 'fail'; readonly op: number; readonly tries: number }
  /** Nobody can say, and nobody tries again. */
  | { readonly kind: 'unknown'; readonly op: number; readonly tries: number }
  /** A subscriber comes; without `since` to whatever is said from now on. */
  | {
      readonly kind: 'connect';
      readonly who: string;
      readonly room: string;
      readonly transport: Transport;
      readonly since: string | undefined;
    }
  /** It is told where it stands: it has everything up to here. */
  | { readonly kind: 'cursor'; readonly who: string; readonly room: string; readonly id: string }
  | {
      readonly kind: 'event';
      readonly who: string;
      readonly room: string;
      readonly id: string;
      readonly content: string;
      readonly transport: Transport;
    }
  /** It is told that something is lost to it. It goes on behind `id`, or wherever the next event is. */
  | { readonly kind: 'gap'; readonly who: string; readonly room: string; readonly id: string | undefined }
  /** Its connection is over, and why. */
  | { readonly kind: 'leave'; readonly who: string; readonly room: string; readonly reason: string }
  /** A fault begins. What was appended may be gone: all of a log, or its newest events, so that it goes back. */
  | {
      readonly kind: 'fault';
      readonly fault: number;
      readonly name: string;
      readonly loss?: 'all' | 'newest' | undefined;
    }
  | { readonly kind: 'heal'; readonly fault: number; readonly name: string }
  /** After everything: where the log of a room ends, by the word of one instance. */
  | { readonly kind: 'end'; readonly room: string; readonly id: string; readonly instance: number }
  /** Something else that must not be: a process that ended by itself, an exit code, an answer that nobody expects. */
  | { readonly kind: 'wrong'; readonly text: string };

/** The same with its time: milliseconds since the beginning. */
export type Entry = Happening & { readonly at: number };

/** The notebook. */
export class History {
  readonly entries: Entry[] = [];
  /** Called after each entry; for who waits for one. */
  onNote: () => void = () => {};
  readonly #began = performance.now();

  /** Milliseconds since the beginning. */
  get now(): number {
    return performance.now() - this.#began;
  }

  note(happening: Happening): void {
    this.entries.push({ at: Math.round(this.now * 1_000) / 1_000, ...happening });
    this.onNote();
  }
}

/** A place in a room's log. */
export interface Place {
  readonly epoch: string;
  readonly offset: number;
}

/** What an id says; `undefined` when it is none. */
export function placeOf(id: string): Place | undefined {
  const [, epoch, offset] = /^(\w+)-(\d+)$/.exec(id) ?? [];
  return epoch === undefined ? undefined : { epoch, offset: Number(offset) };
}
