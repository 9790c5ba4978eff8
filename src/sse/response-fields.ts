// The fields of a response that is an event stream: HTML §9.2.1, RFC 9111 §5.2.2.
import type { EventStreamOptions } from './options.ts';

/**
 * `no-transform` (RFC 9111 §5.2.2.6) also keeps compression middlewares away, which would hold events back until their
 * window is full. `X-Accel-Buffering` is heeded by nginx. `Connection` is not here: in HTTP/2 the field is forbidden
 * (RFC 9113 §8.2.2), and handlers of the Fetch API leave it to their server.
 */
export const EVENT_STREAM_FIELDS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
} as const;

/** Those that an application adds, in the order in which it has them. */
export function* additionalFields(headers: EventStreamOptions['headers']): Generator<[string, string | string[]]> {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === undefined) continue;
    yield [name, typeof value === 'object' ? value.map(String) : String(value)];
  }
}
