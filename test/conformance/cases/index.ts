// All cases, in the order of their numbers.
import type { Case } from '../case.ts';
import { closing } from './closing.ts';
import { compressed } from './deflate.ts';
import { automaticFragmentation, fragmentation } from './fragmentation.ts';
import { framing } from './framing.ts';
import { limits } from './limits.ts';
import { utf8 } from './utf8.ts';

export { FULL_MESSAGES } from './deflate.ts';

/**
 * The cases.
 *
 * @param messages how many messages each case of sections 12 and 13 sends.
 */
export function allCases(messages: number): readonly Case[] {
  return [
    ...framing,
    ...fragmentation,
    ...utf8,
    ...closing,
    ...limits,
    ...automaticFragmentation,
    ...compressed(messages),
  ];
}

/** Those whose number begins with one of `prefixes`; `1.1` is not the beginning of `1.10`. */
export function selectCases(cases: readonly Case[], prefixes: readonly string[]): readonly Case[] {
  if (prefixes.length === 0) return cases;
  return cases.filter(({ id }) => prefixes.some((prefix) => id === prefix || id.startsWith(`${prefix}.`)));
}
