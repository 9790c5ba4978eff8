// A server of Bun or of Deno with an event stream and a poll, straight from src/: `bun serve.ts`, `deno run serve.ts`. Says on
// which port it listens, and what becomes of each stream.
import { holdPollResponse } from '../../../src/poll/index.ts';
import { eventStreamResponse } from '../../../src/sse/index.ts';

type Handler = (request: Request) => Response | Promise<Response>;

interface Runtimes {
  readonly Bun?: {
    serve(options: { port: number; hostname: string; idleTimeout: number; fetch: Handler }): { port: number };
  };
  readonly Deno?: {
    serve(options: { port: number; hostname: string; onListen: () => void }, handler: Handler): DenoServer;
  };
}
interface DenoServer {
  readonly addr: { readonly port: number };
}

const { Bun, Deno } = globalThis as unknown as Runtimes;

function handle(request: Request): Response | Promise<Response> {
  if (new URL(request.url).pathname === '/poll') {
    const { poll, response } = holdPollResponse(request);
    poll.answer({ messages: [{ json: '{"n":1}', cursor: 'b' }], cursor: 'b' });
    return response;
  }
  const { stream, response } = eventStreamResponse(request, { retry: 1, retrySpread: 0 });
  stream.onEnd = (end) => console.log(`end ${end}`);
  if (stream.lastEventId === undefined) {
    stream.send({ data: 'first', id: 'e-1' });
    stream.send({ data: 'second', id: 'e-2', event: 'named' });
    stream.close({ retry: 1 });
  } else stream.send({ data: `behind ${stream.lastEventId}` });
  return response;
}

const hostname = '127.0.0.1';
const port =
  Bun === undefined
    ? Deno?.serve({ port: 0, hostname, onListen() {} }, handle).addr.port
    : Bun.serve({ port: 0, hostname, idleTimeout: 30, fetch: handle }).port;
console.log(`port ${port}`);
