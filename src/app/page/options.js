// How the client of this page behaves: its defaults, but for what is nicer to watch. Any number of them may be in the query of
// the page, under the name it has in docs/resilience.md: `/?minDelay=200&pingInterval=1000`.
import { ResilientDefaults } from '/resilient/index.js';

/** Milliseconds. */
const OF_THIS_PAGE = {
  // Nobody who watches waits for a minute.
  maxDelay: 15_000,
  pingInterval: 10_000,
  pingTimeout: 4_000,
  maxAttempts: Number.POSITIVE_INFINITY,
};

const wanted = [...new URLSearchParams(location.search)]
  .map(([name, value]) => [name, Number(value)])
  .filter(([name, number]) => Object.hasOwn(ResilientDefaults, name) && number >= 0);

/** @type {Record<keyof typeof ResilientDefaults, number>} */
export const OPTIONS = { ...ResilientDefaults, ...OF_THIS_PAGE, ...Object.fromEntries(wanted) };
