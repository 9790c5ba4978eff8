// The fields of an event stream's response.
import { expect, test } from 'vitest';
import { additionalFields, EVENT_STREAM_FIELDS } from '../../src/sse/response-fields.ts';

test('say what it is, and that nobody may keep or change it', () => {
  expect(EVENT_STREAM_FIELDS).toEqual({
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
});

test("an application's own are told in order, as text, without those that are undefined", () => {
  expect([...additionalFields(undefined)]).toEqual([]);
  expect([...additionalFields({ B: 1, None: undefined, A: ['x', 'y'] })]).toEqual([
    ['B', '1'],
    ['A', ['x', 'y']],
  ]);
});
