// Event streams that a reader can get wrong, and what HTML §9.2.6 makes of them. The first are the standard's own
// examples. Read by our parser, by Chromium and by the `eventsource` package.
import type { Told } from './record.ts';

/** How somebody else's reader is known to leave the standard. */
export interface Difference {
  readonly who: 'Chromium' | 'the eventsource package';
  readonly why: string;
}

const LAST_CR: Difference = {
  who: 'the eventsource package',
  why: 'a CR waits for an LF, and is no end of a line at the end of the stream',
};
const BEHIND_BOM: Difference = {
  who: 'Chromium',
  why: 'the byte behind a byte order mark never ends a line',
};

/** A stream and the events in it. */
export interface Stream {
  readonly name: string;
  readonly bytes: Buffer;
  readonly told: readonly Told[];
  /** Who reads it otherwise, against the standard. */
  readonly differs?: Difference;
}

function event(data: string, lastEventId = '', type = 'message'): Told {
  return { type, data, lastEventId };
}

function stream(name: string, text: string | Buffer, told: readonly Told[], differs?: Difference): Stream {
  const bytes = Buffer.from(text as string);
  return differs === undefined ? { name, bytes, told } : { name, bytes, told, differs };
}

const BOM = '\ufeff';

export const STREAMS: readonly Stream[] = [
  // ---- the examples of §9.2.1 and §9.2.6
  stream('events of one and of two lines', 'data: This is the first message.\n\ndata: This is\ndata: the second.\n\n', [
    event('This is the first message.'),
    event('This is\nthe second.'),
  ]),
  stream('events with types', 'event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n', [
    event('73857293', '', 'add'),
    event('2153', '', 'remove'),
  ]),
  stream('one event of three lines', 'data: YHOO\ndata: +2\ndata: 10\n\n', [event('YHOO\n+2\n10')]),
  stream(
    'a comment, an ID, an ID that is taken away, and an event that is not finished',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event',
    [{ comment: 'test stream' }, event('first event', '1'), event('second event')],
  ),
  stream('data without a value', 'data\n\ndata\ndata\n\ndata:', [event(''), event('\n')]),
  stream('a space behind the colon or none', 'data:test\n\ndata: test\n\n', [event('test'), event('test')]),

  // ---- ends of lines
  stream('CR alone', 'data: a\rdata: b\r\rdata: c\r\r', [event('a\nb'), event('c')], LAST_CR),
  stream('CRLF', 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n', [event('a\nb'), event('c')]),
  stream('all three', 'data: a\r\ndata: b\ndata: c\r\n\ndata: d\n\r\ndata: e\r\r\n', [
    event('a\nb\nc'),
    event('d'),
    event('e'),
  ]),
  stream('LF CR is two ends', 'data: a\n\rdata: b\n\r', [event('a'), event('b')], LAST_CR),
  stream('empty lines between', '\n\r\n\r\r\ndata: a\n\n\n\n', [event('a')]),
  stream('what ends lines elsewhere', 'data: a\u0085b\u2028c\u2029d\u000be\u000cf\n\n', [
    event('a\u0085b\u2028c\u2029d\u000be\u000cf'),
  ]),

  // ---- the byte order mark
  stream('a byte order mark at the start', `${BOM}data: a\n\n`, [event('a')]),
  stream('only one of them', `${BOM}${BOM}data: a\n\ndata: b\n\n`, [event('b')]),
  stream('none behind the start', `data: a\n\n${BOM}data: b\n\ndata: ${BOM}c\n\n`, [event('a'), event(`${BOM}c`)]),
  stream('alone in its line', `${BOM}\ndata: a\n\n`, [event('a')], BEHIND_BOM),

  // ---- fields
  stream(
    'unknown fields, and known ones in another spelling',
    'Data: a\ndatas: b\ndat: c\n data: d\ndata : e\nx\n\n',
    [],
  ),
  stream('a colon in a value', 'data: a: b\n\ndata::c\n\n', [event('a: b'), event(':c')]),
  stream('more than one space, and a tab', 'data:  a \n\ndata:\tb\n\n', [event(' a '), event('\tb')]),
  stream(
    'comments',
    ':\n: a\n:b\n::c\n:  d\n\n',
    ['', 'a', 'b', ':c', ' d'].map((comment) => ({ comment })),
  ),
  stream('NUL in data, in a type and in a name', 'event: a\0b\ndata: c\0d\nda\0ta: e\n\n', [event('c\0d', '', 'a\0b')]),

  // ---- types
  stream('the last type counts', 'event: a\nevent: b\ndata: c\n\n', [event('c', '', 'b')]),
  stream('an empty type is none', 'event: a\nevent:\ndata: c\n\n', [event('c')]),
  stream('a type without data is forgotten', 'event: a\n\ndata: b\n\n', [event('b')]),
  stream('a type does not last', 'event: a\ndata: b\n\ndata: c\n\n', [event('b', '', 'a'), event('c')]),

  // ---- last event IDs
  stream('an ID lasts', 'id: 1\ndata: a\n\ndata: b\n\n', [event('a', '1'), event('b', '1')]),
  stream('an ID without data counts', 'id: 1\n\ndata: a\n\n', [event('a', '1')]),
  stream('an ID with NUL is ignored', 'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n', [event('a', '1'), event('b', '1')]),
  stream('an empty ID takes the last one away', 'id: 1\ndata: a\n\nid:\ndata: b\n\n', [event('a', '1'), event('b')]),
  stream('an ID in any characters', 'id: ключ 🗝\ndata: a\n\n', [event('a', 'ключ 🗝')]),

  // ---- reconnection times; in Chromium and in the package nobody sees them
  stream('retry', 'retry: 3000\nretry:0\ndata: a\n\nretry: 007', [{ retry: 3000 }, { retry: 0 }, event('a')]),
  stream(
    'retry that is no number',
    'retry: 1.5\nretry: -1\nretry: 1e3\nretry: 1 \nretry: ٣\nretry:  1\nretry: +1\n\n',
    [],
  ),
  stream('retry without digits', 'retry\nretry:\nretry: \n\n', []),
  stream('retry without end', `retry: 9007199254740993\nretry: ${'9'.repeat(400)}\n\n`, [
    { retry: Number.MAX_SAFE_INTEGER },
    { retry: Number.MAX_SAFE_INTEGER },
  ]),

  // ---- what is not UTF-8
  stream('bytes that are no UTF-8', Buffer.from('data: a\xffb\xc0\x80c\xed\xa0\x80d\n\n', 'latin1'), [
    event('a\ufffdb\ufffd\ufffdc\ufffd\ufffd\ufffdd'),
  ]),
  stream(
    'a character that the end of a line cuts',
    Buffer.from('data: \xf0\x9f\x8c\n\ndata: \xe2\x82\rdata\n\n', 'latin1'),
    [event('\ufffd'), event('\ufffd\n')],
  ),
  stream('a character that was half at the end of the stream', Buffer.from('data: a\n\ndata: \xf0\x9f', 'latin1'), [
    event('a'),
  ]),
];
