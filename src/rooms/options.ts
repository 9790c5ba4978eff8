// Numbers that a caller may set.

/**
 * A number of things, bytes or milliseconds.
 *
 * @throws TypeError when it is no number, RangeError when it is not a whole one above 0.
 */
export function positive(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${String(value)}`);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${name} must be a whole number above 0, got ${value}`);
  }
  return value;
}
