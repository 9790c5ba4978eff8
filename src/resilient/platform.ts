// What the client needs of the world around it: time, chance, and word of the network and of the page. One source for browsers
// and Node: what a platform lacks is looked for at run time and done without. Tests hand in a world of their own.

/** The world as the client sees it. */
export interface Platform {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** A number from 0 up to 1, without it. */
  random(): number;
  setTimeout(act: () => void, delay: number): unknown;
  clearTimeout(timer: unknown): void;
  /** `false` only when the platform is sure that there is no network. */
  isOnline(): boolean;
  /**
   * Calls `onNews` when the network comes or goes, and when the page is seen again, whose timers may have stood still until
   * then; until the function that it returns is called.
   */
  watch(onNews: () => void): () => void;
}

interface Target {
  addEventListener?(type: string, listener: () => void, options: { readonly signal: AbortSignal }): void;
}

/** What browsers have and Node has not, or not always. */
interface Host extends Target {
  readonly navigator?: { readonly onLine?: boolean };
  readonly document?: Target & { readonly visibilityState: string };
}

const host = globalThis as unknown as Host;

/** The longest time that a timer can be set to: HTML §8.6 and Node keep it in 32 bits, and take what is above for nothing. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** The platform that this runs on. */
export const hostPlatform: Platform = {
  now: () => performance.now(),
  random: () => Math.random(),
  setTimeout: (act, delay) => setTimeout(act, Math.min(delay, LONGEST_TIMER)),
  clearTimeout: (timer) => clearTimeout(timer as number),
  isOnline: () => host.navigator?.onLine !== false,
  watch(onNews) {
    const { document } = host;
    const end = new AbortController();
    const { signal } = end;
    // A page that comes out of the back/forward cache has lost its connections without hearing of it.
    for (const type of ['online', 'offline', 'pageshow']) host.addEventListener?.(type, onNews, { signal });
    document?.addEventListener?.('visibilitychange', () => document.visibilityState === 'visible' && onNews(), {
      signal,
    });
    return () => end.abort();
  },
};
