// A peer for the test of the benchmark: an HTTP server that answers with 200 where a WebSocket server must refuse, and with
// another body where a page is asked for.
// @ts-check
import { start as startHonestly } from '../../bench/peers/http.mjs';

/** @type {import('../../bench/peers/counter.mjs').Start} */
export function start(settings) {
  return startHonestly({ ...settings, kind: 'fallback', body: '{"status":"OK"}' });
}
