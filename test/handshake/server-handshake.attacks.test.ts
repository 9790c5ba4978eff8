// Statements about parser and handshake together, as a server puts them together: attack by attack, cut in every way.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutAt, cuttingsOf } from '../http/cuttings.ts';
import { ATTACKS } from './attacks.ts';
import { judge, requestText } from './openings.ts';

describe('the answer to', () => {
  test.each(ATTACKS)('%s', (_name, wire, verdict) => {
    expect(judge([wire])).toEqual(verdict);
  });

  // Long ones are cut at random below: every cutting of 20,000 octets would be 400 million.
  test.each(ATTACKS.filter(([, wire]) => wire.length < 2000))('%s, cut in every way', (_name, wire, verdict) => {
    for (const { name, chunks } of cuttingsOf(Buffer.from(wire, 'latin1')))
      expect(judge(chunks), name).toEqual(verdict);
  });

  test('any of them, cut at random', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ATTACKS),
        fc.array(fc.nat(20_000), { maxLength: 20 }),
        ([, wire, verdict], places) => {
          expect(judge(cutAt(Buffer.from(wire, 'latin1'), places))).toEqual(verdict);
        },
      ),
    );
  });
});

test('no octet is lost between the handshake and the frames behind it, wherever the stream is cut', () => {
  const frames = fc.uint8Array({ maxLength: 3000 });
  fc.assert(
    fc.property(frames, fc.array(fc.nat(3200), { maxLength: 10 }), (bytes, places) => {
      const wire = Buffer.concat([Buffer.from(requestText()), bytes]);
      const rest = Buffer.from(bytes).toString('latin1');
      expect(judge(cutAt(wire, places))).toEqual({ status: 101, rest });
    }),
  );
});
