// Event streams for `(request, response)` of node:http, and of frameworks that stand on it. HTML §9.2, RFC 9110 §9.3.2.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeEvent } from './encode-event.ts';
import type { EventStream, EventStreamEnd } from './event-stream.ts';
import { lastEventIdOf } from './last-event-id.ts';
import { NodeSink } from './node-sink.ts';
import { type EventStreamOptions, readSettings } from './options.ts';
import { additionalFields, EVENT_STREAM_FIELDS } from './response-fields.ts';
import { ServedEventStream } from './served-event-stream.ts';
import { NOWHERE } from './sink.ts';

/**
 * Answers `request` with an event stream.
 *
 * In Express it is called with what Express gives; in Fastify with `request.raw` and `reply.raw`, after `reply.hijack()`.
 * A request with HEAD gets the fields alone, and one whose client has gone nothing at all: then the stream is not open.
 *
 * @throws TypeError or RangeError for an option that is not what it must be, and TypeError for fields that cannot be sent
 *   or have been sent already.
 */
export function openEventStream(
  request: IncomingMessage,
  response: ServerResponse,
  options: EventStreamOptions = {},
): EventStream {
  const settings = readSettings(options);
  const lastEventId = lastEventIdOf(request, settings);
  if (response.headersSent) throw new TypeError('the response has begun already: it cannot become an event stream');
  for (const [name, value] of additionalFields(options.headers)) response.setHeader(name, value);
  for (const [name, value] of Object.entries(EVENT_STREAM_FIELDS)) response.setHeader(name, value);
  // Of no use for what has no end, and an application's default may have set it.
  response.removeHeader('Content-Length');
  if (request.httpVersionMajor === 1) endWithConnection(response);
  if (response.destroyed || request.socket.destroyed) return over('gone', settings, lastEventId);
  // A body is not wanted; unread, it would hide that the client has gone.
  request.resume();
  response.writeHead(200);
  if (request.method === 'HEAD') {
    response.end();
    return over('closed', settings, lastEventId);
  }
  const socket = request.httpVersionMajor === 1 ? request.socket : undefined;
  const stream = new ServedEventStream(new NodeSink(response, socket), settings, lastEventId);
  if (settings.retry === undefined) response.flushHeaders();
  else stream.sendEncoded(encodeEvent({ retry: settings.retry }));
  return stream;
}

/**
 * The body ends with the connection (RFC 9112 §6.3, rule 8), which nothing else would follow on: there is no chunk around each
 * write, for which Node would write four pieces instead of one. What is cut short in an event is no event (HTML §9.2.6).
 */
function endWithConnection(response: ServerResponse): void {
  response.setHeader('Connection', 'close');
  response.removeHeader('Transfer-Encoding');
}

function over(end: EventStreamEnd, settings: ReturnType<typeof readSettings>, id: string | undefined): EventStream {
  const stream = new ServedEventStream(NOWHERE, settings, id);
  stream.finishSoon(end);
  return stream;
}

/** Answers with 204, which tells an EventSource not to come again (HTML §9.2.3). */
export function refuseEventStream(response: ServerResponse): void {
  response.writeHead(204, { 'Cache-Control': 'no-store' }).end();
}
