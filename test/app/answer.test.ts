import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { answer, answerJson, answerMethod, TEXT } from '../../src/app/answer.ts';

async function ask(method: string, respond: Parameters<typeof createServer>[1]) {
  const server = createServer(respond as never).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const asked = request({ port, host: '127.0.0.1', method, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

test('an answer has its length in bytes, and HEAD has no body', async () => {
  const respond: Parameters<typeof ask>[1] = (request, response) => answer(request, response, 200, TEXT, 'Grüße');
  expect(await ask('GET', respond)).toMatchObject({ status: 200, body: 'Grüße', headers: { 'content-length': '7' } });
  expect(await ask('HEAD', respond)).toMatchObject({ status: 200, body: '', headers: { 'content-length': '7' } });
});

test('JSON is never out of a cache', async () => {
  const { status, headers, body } = await ask('GET', (request, response) =>
    answerJson(request, response, 400, { a: 1 }),
  );
  expect([status, headers['content-type'], headers['cache-control'], body]).toEqual([
    400,
    'application/json',
    'no-store',
    '{"a":1}\n',
  ]);
});

test('a method that is not allowed is told which are, and ends the connection', async () => {
  const { status, headers, body } = await ask('PUT', (request, response) =>
    answerMethod(request, response, 'GET, HEAD'),
  );
  expect([status, headers.allow, headers.connection]).toEqual([405, 'GET, HEAD', 'close']);
  expect(body).toBe('Only GET and HEAD are answered here.\n');
});
