// How late the event loop is: the one number that says that a server has too much to do. Measured from the first time that
// somebody asks, so that who never does pays nothing.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two measurements. */
const RESOLUTION = 20;
const NANOSECONDS = 1e9;

/** Shares of all measurements since the last answer: of so many the delay was no longer. */
const QUANTILES = [0.5, 0.99, 1] as const;

/** The delay of one process. */
export class LoopDelay {
  #histogram: IntervalHistogram | undefined = undefined;

  /** Seconds beyond the time that was meant, by quantile, since the last answer; none at the first. */
  take(): ReadonlyMap<string, number> {
    const delays = new Map<string, number>();
    if (this.#histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
      this.#histogram.enable();
    }
    const histogram = this.#histogram;
    for (const quantile of QUANTILES) {
      const nanoseconds = histogram.count === 0 ? 0 : histogram.percentile(quantile * 100);
      delays.set(String(quantile), Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION / 1_000));
    }
    histogram.reset();
    return delays;
  }

  /** Measures no more. */
  stop(): void {
    this.#histogram?.disable();
  }
}
