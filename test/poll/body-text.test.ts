// A body is measured before it is kept, and read when it is whole.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyText, faultOf, readBodySettings } from '../../src/poll/body-text.ts';

describe('a body', () => {
  it('is the text it was, however it is cut, when it is no longer than it may be', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.nat(40)),
        fc.integer({ min: -1, max: 1 }),
        (text, cuts, slack) => {
          const bytes = Buffer.from(text);
          const body = new BodyText(bytes.length + slack);
          const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
          const fits = places.slice(1).every((end, index) => body.add(bytes.subarray(places[index], end)));
          expect(fits).toBe(slack >= 0);
          if (fits) expect(body.take()).toBe(text);
        },
      ),
    );
  });

  it('is nothing when it is no UTF-8', () => {
    const body = new BodyText(10);
    body.add(Buffer.from('"\xff"', 'latin1'));
    expect(body.take()).toBeUndefined();
  });

  const settings = readBodySettings({ maxBodySize: 10 });
  it.each([
    ['says that it is too long', { contentLength: '11' }, 413],
    ['says that it is as long as it may be', { contentLength: '10' }, undefined],
    ['says nothing', { contentLength: undefined }, undefined],
    ['says nothing, as the Fetch API has it', { contentLength: null, contentEncoding: null }, undefined],
    ['is compressed', { contentLength: '5', contentEncoding: 'gzip' }, 415],
    ['says that it is not compressed', { contentLength: '5', contentEncoding: ' Identity ' }, undefined],
  ])('that %s is judged before it is read', (_what, fields, fault) => {
    expect(faultOf({ contentEncoding: undefined, ...fields }, settings)).toBe(fault);
  });
});
