// The one place where the client puts itself below the WebSocket's constructor.
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { clientDialer } from '../../src/client/dialer.ts';
import { WebSocket } from '../../src/websocket/index.ts';
import { failureOf } from './outcomes.ts';
import { rawServer } from './raw-server.ts';

test('a WebSocket without a client loaded says so, and with one connects', async () => {
  vi.resetModules();
  const { WebSocket: Bare } = await import('../../src/websocket/index.ts');
  expect(() => new Bare('ws://localhost/')).toThrow(/no client has been loaded/);
  await import('../../src/client/index.ts');
  const server = await rawServer((request) => request.socket.write(request.acceptance()));
  const websocket = new Bare(server.url);
  await once(websocket, 'open');
  websocket.terminate();
  await once(websocket, 'close');
});

test('what is under way has a URL in its normal form, and can be given up', async () => {
  const websocket = new WebSocket(null);
  const dialing = clientDialer.dial(websocket, 'HTTP://LOCALHOST:80', [], {});
  expect(dialing.url).toBe('ws://localhost/');
  dialing.abort();
  expect((await failureOf(websocket)).code).toBe('WS_ERR_HANDSHAKE_ABORTED');
});

test('options may be missing, as `null` too', async () => {
  const websocket = new WebSocket('ws://localhost/', null as unknown as string[]);
  websocket.close();
  expect((await failureOf(websocket)).code).toBe('WS_ERR_HANDSHAKE_ABORTED');
});
