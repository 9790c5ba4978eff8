// The second choice: a room is an event stream (HTML §9.2), read by fetch and our own parser, in browsers too: an EventSource can
// send no Authorization, and says nothing of a status or of Retry-After.
import { EventStreamParser } from '../eventstream/index.ts';
import { HttpLink, type RoomReading } from './http-link.ts';
import type { Transport } from './transport.ts';
import { chooseTransport } from './transport-choice.ts';

/** Over Server-Sent Events, one stream for each room, and POST. */
export const sse: Transport = {
  name: 'sse',
  open: (request, listener) => new HttpLink(request, listener, readStream),
  choose: chooseTransport,
};

async function readStream(reading: RoomReading): Promise<void> {
  const { body } = await reading.get('stream', reading.since);
  if (body === null) return;
  const parser = new EventStreamParser({
    onEvent: (_type, data) => {
      // The place of the stream is an event of its own, without data, before all others.
      reading.onJoined(undefined);
      reading.onMessage(data);
    },
    onRetry: (milliseconds) => reading.onRetry(milliseconds),
    onViolation: ({ text }) => {
      throw new RangeError(text);
    },
  });
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    reading.onAlive();
    parser.push(value);
    if (parser.lastEventId !== '') reading.onJoined(parser.lastEventId);
  }
}
