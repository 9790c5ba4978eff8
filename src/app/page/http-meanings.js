// What the names mean that pass over HTTP, in one sentence each, and where that is defined.

const STREAM = 'HTML §9.2.6';
const POLL = 'RFC 6202 §2';
const ROOMS = 'docs/rooms.md';

/** Name → [meaning, where it is defined]. */
export const MEANINGS = {
  paths: new Map([
    ['/api/stream', ['the event stream of one room', 'HTML §9.2']],
    ['/api/poll', ['a long poll: held until there is something to say, 30 s at most', POLL]],
    ['/api/publish', ['says something in a room: streams and polls are one-way', ROOMS]],
  ]),
  query: new Map([
    ['room', ['the room that is read, or spoken in', ROOMS]],
    ['name', ['who it is: a guest, whose name is no secret; a token would never be in a URL', 'RFC 6750 §2.3']],
    ['since', ['the cursor: what comes after this id is wanted', ROOMS]],
    [
      'page',
      [
        'this page, by a name drawn at random: whose connections the server breaks when it is asked to',
        'docs/server.md',
      ],
    ],
    ['link', ['which of its connections, or what stands for one over HTTP', 'docs/server.md']],
  ]),
  fields: new Map([
    ['accept', ['what kind of answer is wanted', 'RFC 9110 §12.5.1']],
    ['authorization', ['who it is, by a token', 'RFC 6750 §2.1']],
    ['last-event-id', ['the last id that was seen: the stream goes on after it', 'HTML §9.2.4']],
    ['content-type', ['what the body is', 'RFC 9110 §8.3']],
    ['content-length', ['how many bytes the body has', 'RFC 9110 §8.6']],
    ['cache-control', ['nobody on the way keeps it, or changes it', 'RFC 9111 §5.2.2']],
    ['retry-after', ['seconds until it makes sense to come again', 'RFC 9110 §10.2.3']],
    ['x-accel-buffering', ['tells nginx to pass each event on at once', 'nginx']],
  ]),
  statuses: new Map([
    ['200', ['it is answered', 'RFC 9110 §15.3.1']],
    ['204', ['there is nothing to say: a newer poll has come, or nobody shall come again', 'RFC 9110 §15.3.5']],
    ['401', ['the server does not know who this is', 'RFC 9110 §15.5.2']],
    ['403', ['this room is not for you', 'RFC 9110 §15.5.4']],
    ['429', ['too much at once', 'RFC 6585 §4']],
    ['503', ['not now: the server restarts, or its rooms cannot be reached', 'RFC 9110 §15.6.4']],
  ]),
  stream: new Map([
    ['id', ['where a client stands that has read so far: it comes back with it', STREAM]],
    ['event', ['the name of the event: whoever listens for it hears it', STREAM]],
    ['data', ['what is said; without it nothing is told to anybody', STREAM]],
    ['retry', ['milliseconds to wait before coming again', STREAM]],
    ['comment', ['a line that begins with a colon: it only keeps the connection alive', 'HTML §9.2.5']],
  ]),
  members: new Map([
    ['messages', ['one event, the same text as over the other transports', ROOMS]],
    ['cursor', ['where the next poll goes on: its since', ROOMS]],
    ['gap', ['whether something before these messages is not kept any more', ROOMS]],
    ['timestamp', ['when it was answered, in milliseconds since 1970', 'docs/polling.md']],
    ['type', ['what kind of event it is', ROOMS]],
    ['content', ['what was said', ROOMS]],
    ['from', ['who said it, as the server knows it', ROOMS]],
    ['roomId', ['in which room', ROOMS]],
    ['id', ['its place in the room: the epoch of the log, and an offset that rises by one', ROOMS]],
    ['ref', ['what this window calls its message', ROOMS]],
    [
      'key',
      ['what this window calls itself: with ref, so that a message is said once, however often it is sent', ROOMS],
    ],
    ['error', ['why it was refused', ROOMS]],
    ['code', ['the same, for programs', ROOMS]],
  ]),
};

const UNKNOWN = ['', '–'];

/** @returns [meaning, where it is defined] */
export function meaningOf(meanings, name) {
  return meanings.get(name) ?? UNKNOWN;
}
