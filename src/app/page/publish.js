// Saying something where the transport is one-way: POST /api/publish. With `key` and `ref` it is said once, however often it
// is sent, and over whatever transport it was sent before.
import { endOf, readAnswer, send, UNREACHABLE } from './http-request.js';

/** @returns {Promise<{ reason: string, isFinal: boolean, retry?: number } | undefined>} why it was not said */
export async function publish(room, said, handlers, signal) {
  const sentAt = performance.now();
  try {
    const headers = { 'Content-Type': 'application/json' };
    const wanted = { method: 'POST', path: '/api/publish', headers, body: JSON.stringify(said) };
    const response = await send(room, wanted, handlers, signal);
    const answer = await readAnswer(response, handlers);
    if (!response.ok) return endOf(response, answer);
    handlers.onRtt(performance.now() - sentAt, `POST to ${response.status}`);
    return undefined;
  } catch {
    return UNREACHABLE;
  }
}
