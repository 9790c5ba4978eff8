// Whatever a room is called, its names in Redis are its own, and all in one slot of a Cluster.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keysOf, tagOf } from '../../src/redis/keys.ts';

const anyText = fc.string({ unit: 'binary' });

/** Redis Cluster's rule: what is between the first `{` and the first `}` behind it, or everything when that is nothing. */
function hashTag(key: string): string {
  const open = key.indexOf('{');
  const close = key.indexOf('}', open + 1);
  return open === -1 || close === -1 || close === open + 1 ? key : key.slice(open + 1, close);
}

describe('the names of a room', () => {
  test('hash to one slot, whatever it is called', () => {
    fc.assert(
      fc.property(anyText, (room) => {
        const names = Object.values(keysOf('sluice', room));
        expect(new Set(names).size).toBe(7);
        expect(new Set(names.map(hashTag))).toEqual(new Set([tagOf(room)]));
      }),
    );
  });

  test('are nobody else’s, also when the names differ only in what UTF-8 cannot carry', () => {
    const tricky = fc.array(fc.constantFrom('{', '}', '%', '\ud800', '\udc00', '%7b', '%u', 'a', ''), { maxLength: 4 });
    fc.assert(
      fc.property(tricky, tricky, (one, other) => {
        const [first, second] = [one.join(''), other.join('')];
        const [firstBytes, secondBytes] = [Buffer.from(tagOf(first)), Buffer.from(tagOf(second))];
        expect(firstBytes.equals(secondBytes)).toBe(first === second);
      }),
    );
  });

  test.each([
    ['', '%'],
    ['lobby', 'lobby'],
    ['{}', '%7b%7d'],
    ['100%', '100%25'],
    ['\ud800', '%ud800'],
    ['\u{1f30a}', '\u{1f30a}'],
  ])('%j stands between the braces as %j', (room, tag) => {
    expect(keysOf('sluice', room).log).toBe(`sluice:{${tag}}:log`);
  });
});
