// Statements about any text and any bytes: what is written is read back and nothing else, a slow reading agrees, and it
// makes no difference how the bytes are cut.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ServerSentEvent, writeComment, writeEvent } from '../../src/eventstream/index.ts';
import { cutAt, cuttingsOf } from '../http/cuttings.ts';
import { anyStream, asRead, event, text } from './hostile-text.ts';
import { readStream, type Told } from './record.ts';
import { slowEvents } from './slow-event-stream.ts';

const places = fc.array(fc.nat(400), { maxLength: 10 });
const entry = fc.oneof({ weight: 3, arbitrary: event }, { weight: 1, arbitrary: text });

function write(entries: readonly (ServerSentEvent | string)[]): Buffer {
  return Buffer.from(
    entries.map((each) => (typeof each === 'string' ? writeComment(each) : writeEvent(each))).join(''),
  );
}

/** What must be told of what was written. */
function expected(entries: readonly ((ServerSentEvent & { readonly data: string }) | string)[]): Told[] {
  let lastEventId = '';
  return entries.flatMap((each): Told[] => {
    if (typeof each === 'string')
      return asRead(each)
        .split('\n')
        .map((comment) => ({ comment }));
    lastEventId = asRead(each.id ?? lastEventId);
    const told = { type: asRead(each.event || 'message'), data: asRead(each.data), lastEventId };
    return each.retry === undefined ? [told] : [{ retry: each.retry }, told];
  });
}

test('exactly what was written is read, whatever text it is made of and however it is cut', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), places, (entries, cuts) => {
      const told = expected(entries);
      const bytes = write(entries);
      expect(slowEvents(bytes)).toEqual(told);
      expect(readStream(cutAt(bytes, cuts)).told).toEqual(told);
    }),
    { numRuns: 3_000 },
  );
});

test('what was written means the same behind anything that was written before', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 3 }), entry, (before, last) => {
      const told = readStream([write([...before, last])]).told;
      expect(told.slice(0, told.length - expected([last]).length)).toEqual(expected(before));
    }),
    { numRuns: 500 },
  );
});

test('any bytes are read as the slow reading does, and nothing throws', () => {
  fc.assert(
    fc.property(anyStream, places, (bytes, cuts) => {
      expect(readStream(cutAt(bytes, cuts)).told).toEqual(slowEvents(bytes));
    }),
    { numRuns: 5_000 },
  );
});

test('any bytes, whole, byte by byte, and in two at every place: the same is told, limits included', () => {
  fc.assert(
    fc.property(anyStream, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 8 }), (bytes, length, size) => {
      const options = { maxLineLength: length, maxEventSize: size };
      const whole = readStream([Buffer.from(bytes)], options).told;
      for (const { name, chunks } of cuttingsOf(bytes)) {
        expect({ name, told: readStream(chunks, options).told }).toEqual({ name, told: whole });
      }
      // A limit only ends the reading: what was told before it is what is told without it.
      const told = whole.filter((each) => !('violation' in each));
      expect(slowEvents(bytes).slice(0, told.length)).toEqual(told);
      expect(whole.length - told.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300 },
  );
});
