// An event as bytes: those of the writer, in UTF-8.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeComment, writeEvent } from '../../src/eventstream/index.ts';
import { encodeComment, encodeEvent } from '../../src/sse/encode-event.ts';
import { event, text } from '../eventstream/hostile-text.ts';

test('an event is encoded as it is written', () => {
  fc.assert(
    fc.property(event, (each) => {
      expect(encodeEvent(each)).toEqual(Buffer.from(writeEvent(each)));
    }),
  );
});

test('a comment is encoded as it is written', () => {
  fc.assert(
    fc.property(text, (each) => {
      expect(encodeComment(each)).toEqual(Buffer.from(writeComment(each)));
    }),
  );
});

test('what cannot be written cannot be encoded', () => {
  expect(() => encodeEvent({})).toThrow(TypeError);
  expect(() => encodeEvent({ retry: 0.5 })).toThrow(RangeError);
  expect(() => encodeComment(1 as unknown as string)).toThrow(TypeError);
});
