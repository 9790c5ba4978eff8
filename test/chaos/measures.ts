// How long things took, from what was seen: from the end of a fault until each subscriber was given something that was said after
// it, and from the first sending of a publish to its answer.
import type { Entry } from './history.ts';

/** Milliseconds. */
export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Of one run. */
export interface Measures {
  /** By the name of the fault; `all` together. */
  readonly recovery: Readonly<Record<string, Quantiles>>;
  readonly publishing: Quantiles;
}

/** Measures. */
export function measure(entries: readonly Entry[]): Measures {
  const recovery = new Map<string, number[]>();
  const answers: number[] = [];
  const said = new Map<string, number>();
  const began = new Map<number, number>();
  /** Who has not been given anything new since the fault. */
  let waiting = new Set<string>();
  let healed: { readonly at: number; readonly name: string } | undefined;
  const subscribers = new Set(entries.flatMap((entry) => ('who' in entry ? [entry.who] : [])));
  for (const entry of entries) {
    if (entry.kind === 'invoke') {
      said.set(entry.content, entry.at);
      began.set(entry.op, entry.at);
    } else if (entry.kind === 'ack') {
      answers.push(entry.at - (began.get(entry.op) ?? entry.at));
    } else if (entry.kind === 'heal') {
      healed = entry;
      // Who stays away or comes without a place is away by its own will.
      waiting = new Set([...subscribers].filter((who) => /^(?:steady|moving)/.test(who)));
    } else if (entry.kind === 'event' && healed !== undefined && waiting.has(entry.who)) {
      if ((said.get(entry.content) ?? 0) < healed.at) continue;
      waiting.delete(entry.who);
      for (const name of ['all', healed.name]) {
        const times = recovery.get(name) ?? [];
        recovery.set(name, times);
        times.push(entry.at - healed.at);
      }
    }
  }
  return {
    recovery: Object.fromEntries([...recovery].map(([name, times]) => [name, quantilesOf(times)])),
    publishing: quantilesOf(answers),
  };
}

function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
