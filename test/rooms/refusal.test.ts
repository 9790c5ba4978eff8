import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { answerRefusal, refusalResponse } from '../../src/rooms/refusal.ts';
import { RoomError } from '../../src/rooms/room-error.ts';

test('a Response says why, and that nobody shall keep it', async () => {
  const response = refusalResponse(new RoomError('WS_ERR_ROOM_FORBIDDEN'));
  expect([response.status, response.headers.get('cache-control'), response.headers.get('retry-after')]).toEqual([
    403,
    'no-store',
    null,
  ]);
  expect(await response.json()).toEqual({ error: 'not allowed', code: 'WS_ERR_ROOM_FORBIDDEN' });
});

test.each(['WS_ERR_ROOM_FULL', 'WS_ERR_ROOM_TOO_MANY'] as const)('%s says when to come again', (code) => {
  expect(refusalResponse(new RoomError(code)).headers.get('retry-after')).toBe('5');
});

test('an answer over node:http is the same, and one that has begun is left alone', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/begun') response.write('begun');
    answerRefusal(response, new RoomError('WS_ERR_ROOM_FULL'));
    if (request.url === '/begun') response.end();
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const response = await fetch(`${url}/`);
  expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
    503,
    '5',
    { error: 'the room has no place for another member', code: 'WS_ERR_ROOM_FULL' },
  ]);
  expect(await (await fetch(`${url}/begun`)).text()).toBe('begun');
});
