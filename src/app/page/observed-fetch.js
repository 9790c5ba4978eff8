// fetch(), with an entry for the list for whatever goes and comes: requests, answers as they came, and event streams block by
// block while the client reads them. A token goes in Authorization (RFC 6750 §2.1) and never into the list.
import { EventStreamBlocks } from './event-stream-blocks.js';
import { answerEntry, eventEntry, requestEntry, streamEntry } from './http-entries.js';

const STREAM = 'text/event-stream';

/**
 * A fetch() for one link.
 *
 * @param {Record<string, string>} identity goes into the query of each request
 * @param {{ onEntry(entry: object): void, onRtt(milliseconds: number, what: string): void }} watcher
 */
export function observedFetch(identity, watcher) {
  return async (address, init = {}) => {
    const { method = 'GET', body } = init;
    const url = new URL(address);
    for (const [name, value] of Object.entries(identity)) url.searchParams.set(name, value);
    const headers = new Headers(init.headers);
    const shown = [...headers].filter(([name]) => name !== 'authorization');
    watcher.onEntry(requestEntry(method, url, shown, headers.has('authorization'), body));
    const sentAt = performance.now();
    const response = await fetch(url, { ...init, cache: 'no-store' });
    const isStream = response.ok && response.headers.get('content-type')?.startsWith(STREAM);
    // A poll with a place is held: what it takes says nothing of the way.
    if (isStream || !url.searchParams.has('since')) {
      watcher.onRtt(performance.now() - sentAt, `${method} to ${response.status}`);
    }
    if (isStream) return observedStream(response, watcher);
    watcher.onEntry(answerEntry(response, await response.clone().text()));
    return response;
  };
}

/** The same answer; its body is shown as it is read. */
function observedStream(response, watcher) {
  watcher.onEntry(streamEntry(response));
  const { status, statusText, headers } = response;
  const blocks = new EventStreamBlocks();
  const decoder = new TextDecoder();
  const watch = new TransformStream({
    transform(chunk, controller) {
      for (const block of blocks.push(decoder.decode(chunk, { stream: true }))) watcher.onEntry(eventEntry(block));
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(watch), { status, statusText, headers });
}
