// What WebSockets of Node can and those of browsers cannot, ours and those of `ws`: send a Ping (RFC 6455 §5.5.2), end at once,
// and tell with what status, and what Retry-After (RFC 9110 §10.2.3), a server refused. Others are left as they are.
import { hintOfRetryAfter } from '../resilient/backoff.ts';
import { ABNORMAL } from '../resilient/close-codes.ts';
import type { SocketAdapter } from '../resilient/index.ts';

const OPEN = 1;

interface SocketOfNode {
  readonly readyState: number;
  ping(): void;
  terminate(): void;
  on(event: string, listener: (...values: never[]) => void): unknown;
}

interface UnexpectedResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The adapter of Node. */
export const adapt: SocketAdapter = (given, onAlive, onEnd) => {
  if (!('ping' in given && 'terminate' in given && 'on' in given)) return undefined;
  const socket = given as unknown as SocketOfNode;
  socket.on('pong', onAlive);
  // Whoever listens to this has to end the connection.
  socket.on('unexpected-response', (_request: unknown, { statusCode, headers }: UnexpectedResponse) => {
    const retry = hintOfRetryAfter(headers['retry-after'], Date.now());
    const reason = `the server answered ${statusCode}`;
    onEnd({ code: ABNORMAL, reason, wasClean: false, retry });
    socket.terminate();
  });
  return {
    ping() {
      if (socket.readyState === OPEN) socket.ping();
      return true;
    },
    drop: () => socket.terminate(),
  };
};
