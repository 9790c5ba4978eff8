// A request to one of the routes under /api/, and what its answer says, each with an entry for the list. A guest goes by a
// name, which is no secret; a token goes in Authorization (RFC 6750 §2.1): never in a URL, and never into the list.
import { answerEntry, requestEntry } from './http-entries.js';

/** Statuses after which asking again would be answered the same: not who one says, not for one, not a request. */
const FINAL_STATUSES = new Set([204, 400, 401, 403, 404, 405, 413, 415]);
const SECOND = 1_000;

/**
 * Sends a request.
 *
 * @param room {id, name, userId}
 * @param {{ method?: string, path: string, query?: Record<string, string | undefined>, headers?: Record<string, string>,
 *   body?: string }} wanted
 * @param handlers see `room.js`
 * @param {AbortSignal} signal
 * @returns {Promise<Response>} it rejects when the server cannot be reached, or on the signal
 */
export function send(room, { method = 'GET', path, query = {}, headers = {}, body }, handlers, signal) {
  const url = new URL(path, location.href);
  url.searchParams.set('room', room.id);
  const fields = new Headers(headers);
  const isGuest = room.userId === room.name;
  if (isGuest) url.searchParams.set('name', room.name);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  handlers.onEntry(requestEntry(method, url, [...Object.entries(headers)], !isGuest, body));
  if (!isGuest) fields.set('Authorization', `Bearer ${room.name}`);
  return fetch(url, { method, headers: fields, body, signal, cache: 'no-store' });
}

/** Reads an answer that is JSON, and shows it as it came. @returns the value; `undefined` when there is none. */
export async function readAnswer(response, handlers) {
  const text = await response.text();
  handlers.onEntry(answerEntry(response, text));
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    // Whatever stands between here and the server has answered in its own words.
    return undefined;
  }
}

/** What the end of a transport is that was answered so. */
export function endOf(response, answer) {
  const after = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return {
    code: response.status,
    reason: answer?.error ?? response.statusText,
    isFinal: FINAL_STATUSES.has(response.status),
    retry: Number.isNaN(after) ? undefined : after * SECOND,
  };
}

/** The end of a transport whose server cannot be reached. */
export const UNREACHABLE = {
  code: undefined,
  reason: 'the server cannot be reached',
  isFinal: false,
  retry: undefined,
};
