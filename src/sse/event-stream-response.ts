// Event streams for handlers of the Fetch API: a Request in, a Response out, as in Next.js, Hono, Bun and Deno. HTML §9.2.
import { encodeEvent } from './encode-event.ts';
import type { EventStream } from './event-stream.ts';
import { FetchSink } from './fetch-sink.ts';
import { lastEventIdOfRequest } from './last-event-id.ts';
import { type EventStreamOptions, readSettings } from './options.ts';
import { additionalFields, EVENT_STREAM_FIELDS } from './response-fields.ts';
import { ServedEventStream } from './served-event-stream.ts';
import { NOWHERE, type Sink } from './sink.ts';

/** What {@link eventStreamResponse} makes. */
export interface EventStreamResponse {
  /** Where events are sent. */
  readonly stream: EventStream;
  /** What the handler returns. */
  readonly response: Response;
}

/**
 * Answers `request` with an event stream. The client has gone when the response's body is cancelled, or the request's signal
 * is aborted: then, and for HEAD, the stream is not open.
 *
 * @throws TypeError or RangeError for an option that is not what it must be, and TypeError for fields that cannot be sent.
 */
export function eventStreamResponse(request: Request, options: EventStreamOptions = {}): EventStreamResponse {
  const settings = readSettings(options);
  const lastEventId = lastEventIdOfRequest(request, settings);
  const headers = new Headers();
  for (const [name, value] of additionalFields(options.headers)) {
    for (const each of typeof value === 'string' ? [value] : value) headers.append(name, each);
  }
  for (const [name, value] of Object.entries(EVENT_STREAM_FIELDS)) headers.set(name, value);
  headers.delete('Content-Length');
  const isGone = request.signal.aborted;
  const sink = request.method === 'HEAD' || isGone ? undefined : new FetchSink(request.signal);
  const stream = new ServedEventStream(sink ?? (NOWHERE as Sink), settings, lastEventId);
  if (sink === undefined) stream.finishSoon(isGone ? 'gone' : 'closed');
  else if (settings.retry !== undefined) stream.sendEncoded(encodeEvent({ retry: settings.retry }));
  return { stream, response: new Response(sink?.body ?? null, { headers }) };
}

/** A response with 204, which tells an EventSource not to come again (HTML §9.2.3). */
export function noEventStreamResponse(): Response {
  return new Response(null, { status: 204, headers: { 'Cache-Control': 'no-store' } });
}
