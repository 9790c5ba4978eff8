// A peer for the test of the benchmark: an echo server of `ws` that claims to have done more than it did.
// @ts-check
import { counter } from '../../bench/peers/counter.mjs';
import { start as startHonestly } from '../../bench/peers/ws.mjs';

/** @type {import('../../bench/peers/counter.mjs').Start} */
export async function start(settings) {
  counter.done = 1;
  return startHonestly(settings);
}
