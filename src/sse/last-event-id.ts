// Where a client left off: HTML §9.2.4 `Last-Event-ID`, and the query for those who come without an EventSource, or with a
// new one. Whatever a client sends, this is an id of bounded length or nothing: it never throws for it.
import type { IncomingMessage } from 'node:http';
import { EventStreamDefaults } from './options.ts';

/** What {@link lastEventIdOf} and {@link lastEventIdOfRequest} may be told. */
export interface LastEventIdOptions {
  /** Bytes that an id may have; one with more is ignored. Default 1,024. */
  readonly maxLastEventIdLength?: number | undefined;
}

/** In the query, in the order in which they are asked for. */
const PARAMETERS = ['lastEventId', 'since'] as const;

/** U+FEFF is a character of an id. */
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** No CR, LF or NUL can be in an id (HTML §9.2.6); in a query they can. */
const NOT_IN_AN_ID = /[\r\n\0]/;

/** No octet of a field has a greater value. */
const LARGEST_OCTET = 0xff;

/**
 * The last event ID of a request of node:http, Express or Fastify (`request.raw`). The field wins over the query: an
 * EventSource that comes again sends both, and the query is as old as its first request.
 *
 * @returns `undefined` when there is none, or none that can be one: too long, not UTF-8, or with a line end or NUL in it.
 */
export function lastEventIdOf(request: IncomingMessage, options: LastEventIdOptions = {}): string | undefined {
  const field = request.headers['last-event-id'];
  return choose(Array.isArray(field) ? field[0] : field, request.url ?? '', options);
}

/** The same of a request of the Fetch API. */
export function lastEventIdOfRequest(request: Request, options: LastEventIdOptions = {}): string | undefined {
  return choose(request.headers.get('last-event-id') ?? undefined, request.url, options);
}

function choose(field: string | undefined, url: string, options: LastEventIdOptions): string | undefined {
  const { maxLastEventIdLength: limit = EventStreamDefaults.maxLastEventIdLength } = options;
  if (field !== undefined && field !== '') return bounded(decode(field, limit), limit);
  const query = url.indexOf('?');
  if (query === -1) return undefined;
  const fragment = url.indexOf('#', query);
  const parameters = new URLSearchParams(url.slice(query + 1, fragment === -1 ? undefined : fragment));
  for (const name of PARAMETERS) {
    const value = parameters.get(name);
    if (value !== null && value !== '') return bounded(value, limit);
  }
  return undefined;
}

/** The octets of a field come as characters; they are UTF-8 (HTML §9.2.4). */
function decode(field: string, limit: number): string | undefined {
  if (field.length > limit) return undefined;
  for (let index = 0; index < field.length; index++) {
    // Somebody has decoded it already.
    if (field.charCodeAt(index) > LARGEST_OCTET) return field;
  }
  try {
    return DECODER.decode(Buffer.from(field, 'latin1'));
  } catch {
    return undefined;
  }
}

function bounded(id: string | undefined, limit: number): string | undefined {
  if (id === undefined || Buffer.byteLength(id) > limit || NOT_IN_AN_ID.test(id)) return undefined;
  return id;
}
