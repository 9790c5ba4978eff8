// "Authentification par token au premier message": five seconds for AUTH, and nothing before it.
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WebSocket, WebSocketServer } from '../../src/index.ts';
import { join, serve } from './connection.ts';

const AUTH_TIMEOUT = 5_000;
const UNAUTHORIZED = 4001;

interface ClientMessage {
  readonly type: string;
  readonly token?: string;
}

/** Stands for the verification of a JWT: the user, or `undefined`. */
function userOf(token: string | undefined): string | undefined {
  return token?.startsWith('token-of-') ? token.slice('token-of-'.length) : undefined;
}

function parse(data: unknown): ClientMessage | undefined {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === 'object' && message !== null ? (message as ClientMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** The program. */
function requireAuthentication(
  server: WebSocketServer,
  onMessage: (user: string, message: ClientMessage) => void,
): void {
  server.on('connection', (socket: WebSocket) => {
    let user: string | undefined;
    const deadline = setTimeout(() => socket.close(UNAUTHORIZED, 'Authentification expirée'), AUTH_TIMEOUT);
    socket.on('close', () => clearTimeout(deadline));
    socket.on('message', (data) => {
      const message = parse(data);
      if (user !== undefined) {
        if (message !== undefined) onMessage(user, message);
        return;
      }
      if (message?.type !== 'AUTH') {
        socket.close(UNAUTHORIZED, 'Premier message doit être AUTH');
        return;
      }
      user = userOf(message.token);
      if (user === undefined) {
        socket.close(UNAUTHORIZED, 'Token invalide');
        return;
      }
      clearTimeout(deadline);
      socket.send(JSON.stringify({ type: 'AUTH_OK', payload: { userId: user } }));
    });
  });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('lets in who shows a token first', async () => {
  const server = await serve({ heartbeat: false });
  const heard = new Promise((resolve) => requireAuthentication(server, (...values) => resolve(values)));
  const client = await join(server);
  const answer = once(client, 'message');
  client.send(JSON.stringify({ type: 'AUTH', token: 'token-of-alice' }));
  client.send(JSON.stringify({ type: 'MESSAGE' }));
  expect(JSON.parse(String((await answer)[0]))).toEqual({ type: 'AUTH_OK', payload: { userId: 'alice' } });
  expect(await heard).toEqual(['alice', { type: 'MESSAGE' }]);
  vi.advanceTimersByTime(AUTH_TIMEOUT);
  expect(client.readyState).toBe(client.OPEN);
});

it.each([
  ['no token that counts', JSON.stringify({ type: 'AUTH', token: 'forged' }), 'Token invalide'],
  ['no token', JSON.stringify({ type: 'AUTH' }), 'Token invalide'],
  ['something else first', JSON.stringify({ type: 'MESSAGE' }), 'Premier message doit être AUTH'],
  ['no JSON', '{', 'Premier message doit être AUTH'],
  ['JSON that is no message', 'null', 'Premier message doit être AUTH'],
])('sends away who shows %s', async (_, first, reason) => {
  const server = await serve({ heartbeat: false });
  requireAuthentication(server, () => expect.unreachable());
  const client = await join(server);
  const closed = once(client, 'close');
  client.send(first);
  client.send(JSON.stringify({ type: 'MESSAGE' }));
  const [code, said] = await closed;
  expect([code, String(said)]).toEqual([UNAUTHORIZED, reason]);
});

it('sends away who says nothing for five seconds', async () => {
  const server = await serve({ heartbeat: false });
  requireAuthentication(server, () => expect.unreachable());
  const connection = once(server, 'connection');
  const client = await join(server);
  await connection;
  const closed = once(client, 'close');
  vi.advanceTimersByTime(AUTH_TIMEOUT);
  const [code, reason] = await closed;
  expect([code, String(reason)]).toEqual([UNAUTHORIZED, 'Authentification expirée']);
});
