// An event stream, read: HTML §9.2.5 and §9.2.6.
import { describe, expect, it, test } from 'vitest';
import { EventStreamParser } from '../../src/eventstream/index.ts';
import { EventStreamRecorder, expectTold, readStream } from './record.ts';
import { slowEvents } from './slow-event-stream.ts';
import { STREAMS } from './streams.ts';

describe('an event stream', () => {
  it.each(STREAMS)('is read by the standard, however it is cut: $name', ({ bytes, told }) => {
    expectTold(bytes, told);
    expect(slowEvents(bytes)).toEqual(told);
  });

  it('is read at once: a CR that ends an event does not wait for an LF', () => {
    const recorder = new EventStreamRecorder();
    recorder.parser.push(Buffer.from('data: a\r\r'));
    expect(recorder.told).toEqual([{ type: 'message', data: 'a', lastEventId: '' }]);
    recorder.parser.push(Buffer.from('\ndata: b\r'));
    recorder.parser.push(Buffer.from('\n\r'));
    expect(recorder.told.slice(1)).toEqual([{ type: 'message', data: 'b', lastEventId: '' }]);
  });

  it('ends anywhere: an event without its empty line was none', () => {
    for (const end of ['', 'data: a', 'data: a\n', 'id: 1\n', 'event: a\ndata: b\r\n', '\ufeff']) expectTold(end, []);
  });
});

describe('the last event ID', () => {
  it('is not yet that of an event whose empty line has not come', () => {
    const { parser } = readStream([Buffer.from('id: 1\ndata: a\n\nid: 2\ndata: b\n')]);
    expect(parser.lastEventId).toBe('1');
    parser.push(Buffer.from('\n'));
    expect(parser.lastEventId).toBe('2');
  });

  it('is also that of an event without data', () => {
    expect(readStream([Buffer.from('id: 1\n\n')]).parser.lastEventId).toBe('1');
  });

  it('comes from the connection before, until the stream has one of its own', () => {
    const options = { lastEventId: '7' };
    expect(new EventStreamRecorder(options).parser.lastEventId).toBe('7');
    const stream = 'data: a\n\nid: 8\ndata: b\n\nid\ndata: c\n\n';
    const told = ['7', '8', ''].map((id, index) => ({ type: 'message', data: 'abc'.charAt(index), lastEventId: id }));
    expectTold(stream, told, options);
  });
});

describe('a sink', () => {
  it('needs no method for comments', () => {
    const data: string[] = [];
    const sink = {
      onEvent: (_type: string, text: string) => data.push(text),
      onRetry: () => expect.unreachable(),
      onViolation: () => expect.unreachable(),
    };
    new EventStreamParser(sink).push(Buffer.from(': a\ndata: b\n\n'));
    expect(data).toEqual(['b']);
  });
});

test('a parser is no Node: it reads plain arrays of bytes', () => {
  const bytes = new TextEncoder().encode('data: 🌊\n\n');
  expect(readStream([bytes]).told).toEqual([{ type: 'message', data: '🌊', lastEventId: '' }]);
});
