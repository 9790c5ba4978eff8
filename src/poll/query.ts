// The query of a request that polls. Whatever a client sends, `since` is a text of bounded length or nothing.
import type { IncomingMessage } from 'node:http';
import { PollDefaults } from './options.ts';

/** The query of a request, of node:http or of the Fetch API. A name that stands twice has two values. */
export function queryOf(request: IncomingMessage | Request): URLSearchParams {
  const url = request.url ?? '';
  const start = url.indexOf('?');
  if (start === -1) return new URLSearchParams();
  const fragment = url.indexOf('#', start);
  return new URLSearchParams(url.slice(start + 1, fragment === -1 ? undefined : fragment));
}

/**
 * Where the client stands, by its `since`.
 *
 * @param maxSinceLength bytes that it may have. Default 1,024.
 * @returns `undefined` when there is none, or it is empty, or longer.
 */
export function sinceOf(
  query: URLSearchParams,
  maxSinceLength: number = PollDefaults.maxSinceLength,
): string | undefined {
  const since = query.get('since');
  return since === null || since === '' || Buffer.byteLength(since) > maxSinceLength ? undefined : since;
}
