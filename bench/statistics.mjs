// The figures of repeated measurements: the one in the middle and how far they lie apart. Knows nothing of what they mean.
// @ts-check

/**
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} min
 * @property {number} max
 */

/**
 * The value in the middle; of an even number of values the mean of the two there.
 *
 * @param {readonly number[]} values
 * @returns {number}
 * @throws RangeError when there are none
 */
export function median(values) {
  if (values.length === 0) throw new RangeError('the median of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const lower = /** @type {number} */ (sorted[Math.floor(middle)]);
  const upper = /** @type {number} */ (sorted[Math.ceil(middle)]);
  return (lower + upper) / 2;
}

/**
 * @param {readonly number[]} values
 * @returns {Spread}
 */
export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * The ratio of two peers that were measured in turns: of each repeat on its own, and then the median. What slowed the
 * machine down for a while slowed both, and cancels out.
 *
 * @param {readonly number[]} numerators one of each repeat
 * @param {readonly number[]} denominators one of each repeat, in the same order
 * @returns {Spread | undefined} `undefined` when there is no pair
 */
export function pairedRatio(numerators, denominators) {
  const pairs = Math.min(numerators.length, denominators.length);
  const ratios = [];
  for (let index = 0; index < pairs; index++) {
    const denominator = /** @type {number} */ (denominators[index]);
    if (denominator > 0) ratios.push(/** @type {number} */ (numerators[index]) / denominator);
  }
  return ratios.length === 0 ? undefined : spread(ratios);
}
