// Event streams and polls behind frameworks that nobody here wrote, and read by the `eventsource` package: Express and Fastify
// hand on what node:http gives, Hono what the Fetch API has.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { EventSource } from 'eventsource';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { holdPoll, holdPollResponse, queryOf, readBody, readRequestBody, sinceOf } from '../../src/poll/index.ts';
import { type EventStream, eventStreamResponse, openEventStream } from '../../src/sse/index.ts';
import { listen, shut } from '../sse/stages.ts';

/** Two events to who has none; one to who has those. Then the end. */
function tell(stream: EventStream): void {
  if (stream.lastEventId === undefined) {
    stream.send({ data: 'first', id: 'e-1' });
    stream.send({ data: 'second', id: 'e-2', event: 'named' });
    stream.close({ retry: 1 });
  } else stream.send({ data: `behind ${stream.lastEventId}` });
}

const OPTIONS = { retry: 1, retrySpread: 0, headers: { 'X-Own': 'yes' } };
const MESSAGES = [{ json: '{"n":1}', cursor: 'b' }];

interface Framework {
  readonly origin: string;
  close(): Promise<void>;
}

async function onExpress(): Promise<Framework> {
  const app = express();
  app.use(express.json({ type: 'application/never' }));
  app.get('/stream', (request, response) => tell(openEventStream(request, response, OPTIONS)));
  app.get('/poll', (request, response) => {
    holdPoll(request, response, OPTIONS).answer({ messages: MESSAGES, cursor: sinceOf(queryOf(request)) ?? null });
  });
  app.post('/publish', async (request, response) => {
    const body = await readBody(request, response, { maxBodySize: 5 });
    if (body !== undefined) response.send(body);
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => shut(server) };
}

async function onFastify(): Promise<Framework> {
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('X-Own', 'yes');
  });
  app.get('/stream', (request, reply) => {
    reply.hijack();
    tell(openEventStream(request.raw, reply.raw, { ...OPTIONS, headers: reply.getHeaders() }));
  });
  app.get('/poll', (request, reply) => {
    reply.hijack();
    const since = sinceOf(queryOf(request.raw)) ?? null;
    holdPoll(request.raw, reply.raw, { headers: reply.getHeaders() }).answer({ messages: MESSAGES, cursor: since });
  });
  app.post('/publish', async (request, reply) => {
    reply.hijack();
    const body = await readBody(request.raw, reply.raw, { maxBodySize: 5 });
    if (body !== undefined) reply.raw.end(body);
  });
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    origin,
    async close() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

/** Behind a server of node:http, as its adapters do it. */
async function onHono(): Promise<Framework> {
  const app = new Hono();
  app.get('/stream', (context) => {
    const { stream, response } = eventStreamResponse(context.req.raw, OPTIONS);
    tell(stream);
    return response;
  });
  app.get('/poll', (context) => {
    const { poll, response } = holdPollResponse(context.req.raw, OPTIONS);
    poll.answer({ messages: MESSAGES, cursor: sinceOf(queryOf(context.req.raw)) ?? null });
    return response;
  });
  app.post('/publish', async (context) => {
    const body = await readRequestBody(context.req.raw, { maxBodySize: 5 });
    return typeof body === 'string' ? context.text(body) : body;
  });
  const { server, port } = await listen(async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const { method = 'GET', url = '/' } = request;
    const body = method === 'GET' ? {} : { body: request as never, duplex: 'half' as const };
    const headers = new Headers(request.headers as Record<string, string>);
    const asked = new Request(`http://localhost${url}`, { method, headers, signal: gone.signal, ...body });
    const answer = await app.fetch(asked);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  });
  return { origin: `http://127.0.0.1:${port}`, close: () => shut(server) };
}

describe.each([
  ['Express', onExpress],
  ['Fastify', onFastify],
  ['Hono', onHono],
])('%s', (_name, start) => {
  it('serves an event stream that an EventSource reads, leaves and comes back to', async () => {
    const { origin, close } = await start();
    const read: string[] = [];
    const source = new EventSource(`${origin}/stream`);
    await new Promise<void>((resolve) => {
      const onMessage = ({ type, data, lastEventId }: MessageEvent): void => {
        read.push(`${type} ${data} ${lastEventId}`);
        if (String(data).startsWith('behind')) resolve();
      };
      source.addEventListener('message', onMessage);
      source.addEventListener('named', onMessage);
    });
    source.close();
    expect(read.slice(0, 3)).toEqual([
      'message first e-1',
      'named second e-2',
      expect.stringContaining('message behind e-2'),
    ]);
    await close();
  });

  it('serves its fields, and polls, and bodies within limits', async () => {
    const { origin, close } = await start();
    const headers = { Connection: 'close' };
    const poll = await fetch(`${origin}/poll?since=a`, { headers });
    expect(await poll.json()).toMatchObject({ messages: [{ n: 1 }], cursor: 'a', gap: false });
    expect([poll.headers.get('x-own'), poll.headers.get('cache-control')]).toEqual(['yes', 'no-store']);
    const post = (body: string): Promise<Response> => fetch(`${origin}/publish`, { method: 'POST', body, headers });
    expect(await (await post('12345')).text()).toBe('12345');
    expect((await post('123456')).status).toBe(413);
    await close();
  });
});
