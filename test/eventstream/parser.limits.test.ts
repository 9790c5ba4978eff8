// What a hostile server can make the reader of an event stream keep.
import { describe, expect, it } from 'vitest';
import { DEFAULT_MAX_LINE_LENGTH, EventStreamParser } from '../../src/eventstream/index.ts';
import { EventStreamRecorder, expectTold, readStream } from './record.ts';

const NOTHING = { onEvent() {}, onRetry() {}, onViolation() {} };

describe('a line', () => {
  it.each([
    ['of data', 'data: 6789', 'data: 67890'],
    ['of a comment', ':234567890', ':2345678901'],
    ['that means nothing', '1234567890', '12345678901'],
  ])('%s may be maxLineLength bytes long and not one more, however it is cut', (_, longest, tooLong) => {
    const options = { maxLineLength: 10 };
    const { told } = readStream([Buffer.from(`${longest}\n\n`)]);
    expectTold(`${longest}\n\n`, told, options);
    for (const end of ['', '\n', '\r\n\r\n', 'and so on\n\n']) {
      const first = { type: 'message', data: '', lastEventId: '' };
      const violation = { violation: 'LineTooLong', offset: 'data\r\n\r\n'.length + 10 };
      expectTold(`data\r\n\r\n${tooLong}${end}`, [first, violation], options);
    }
  });

  it('is measured in bytes', () => {
    expectTold('data: 🌊\n\n', [{ type: 'message', data: '🌊', lastEventId: '' }], { maxLineLength: 10 });
    expectTold('data: 🌊\n\n', [{ violation: 'LineTooLong', offset: 9 }], { maxLineLength: 9 });
  });

  it('may not go on for ever, and nothing that follows is read', () => {
    const recorder = new EventStreamRecorder();
    const chunk = Buffer.alloc(65_536, 'a');
    for (let count = 0; count < 64; count++) recorder.parser.push(chunk);
    recorder.parser.push(Buffer.from('\n\ndata: a\n\n'));
    expect(recorder.told).toEqual([{ violation: 'LineTooLong', offset: DEFAULT_MAX_LINE_LENGTH }]);
  });
});

describe('the data of an event', () => {
  it.each([
    ['in one line', 'data: 12345', 'data: 123456'],
    ['in three lines', 'data: 1\ndata: 3\ndata:5', 'data: 1\ndata: 3\ndata:56'],
    ['in empty lines', 'data\n'.repeat(6).trimEnd(), 'data\n'.repeat(7).trimEnd()],
  ])('%s may be maxEventSize bytes and not one more, however it is cut', (_, largest, tooLarge) => {
    const options = { maxEventSize: 5 };
    const { told } = readStream([Buffer.from(`${largest}\n\n`)]);
    expectTold(`${largest}\n\n`, told, options);
    const violation = { violation: 'EventTooLarge', offset: tooLarge.length };
    expectTold(`${tooLarge}\n\ndata: a\n\n`, [violation], options);
  });

  it('is counted anew for each event', () => {
    const told = readStream([Buffer.from('data: 12345\n\n'.repeat(3))], { maxEventSize: 5 }).told;
    expect(told).toHaveLength(3);
    expect(told).not.toContainEqual(expect.objectContaining({ violation: expect.anything() }));
  });
});

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a limit of %d is no limit', (limit) => {
  expect(() => new EventStreamParser(NOTHING, { maxLineLength: limit })).toThrow(RangeError);
  expect(() => new EventStreamParser(NOTHING, { maxEventSize: limit })).toThrow(RangeError);
});
