// The programs of the README run as they stand there, against each other.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import * as sluice from '../src/index.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The program under a heading, as a function of what it imports. */
function programUnder(heading: string, names: string[]): (...values: unknown[]) => unknown {
  const section = README.slice(README.indexOf(`\n## ${heading}\n`));
  const code = /```js\n([\s\S]*?)```/.exec(section)?.[1];
  if (code === undefined) throw new Error(`the README has no program under "${heading}"`);
  const body = code
    .replace(/import \{ createServer \} from 'node:http';\n/, '')
    .replace(/import \{ ([\w, ]+) \} from 'sluice';/, 'const { $1 } = sluice;');
  expect(body).not.toBe(code);
  return new Function('sluice', ...names, body) as (...values: unknown[]) => unknown;
}

it('has ten lines of server and ten of client that talk to each other', async () => {
  const heard: string[] = [];
  const made: { server?: sluice.WebSocketServer; client?: sluice.WebSocket } = {};
  // The same classes on a free port: 8080 may be taken here.
  const Server = new Proxy(sluice.WebSocketServer, {
    construct(Class, [options]: [sluice.ServerOptions]) {
      expect(options.port).toBe(8080);
      made.server = new Class({ ...options, port: 0 });
      return made.server;
    },
  });
  const Client = new Proxy(sluice.WebSocket, {
    construct(Class, [url]: [string]) {
      const { port } = (made.server as sluice.WebSocketServer).address() as AddressInfo;
      made.client = new Class(url.replace('8080', String(port)));
      return made.client;
    },
  });
  const log = { log: (line: string) => heard.push(line) };

  programUnder('A server', ['console'])({ ...sluice, WebSocketServer: Server }, log);
  await once(made.server as never, 'listening');
  programUnder('A client', ['console'])({ ...sluice, WebSocket: Client }, log);
  const [code, reason] = await once(made.client as never, 'close');

  expect(heard).toHaveLength(2);
  expect(heard[0]).toMatch(/^somebody came from /);
  expect(heard[1]).toBe('heard by 1');
  expect([code, String(reason)]).toEqual([1000, 'that was all']);
  await made.server?.shutdown();
});

it('has a room that a WebSocket, an event stream and a poll read alike', async () => {
  const made: { http?: Server; server?: sluice.WebSocketServer; rooms?: sluice.Rooms } = {};
  // The same on a free port: 8080 may be taken here.
  const makeServer = (listener: RequestListener): unknown => {
    made.http = createServer(listener);
    return new Proxy(made.http, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === 'listen') return (port: number) => target.listen(port === 8080 ? 0 : port, '127.0.0.1');
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  const Rooms = new Proxy(sluice.Rooms, {
    construct(Class, [options]: [sluice.RoomsOptions]) {
      made.rooms = new Class(options);
      return made.rooms;
    },
  });
  const Server = new Proxy(sluice.WebSocketServer, {
    construct(Class, [options]: [sluice.ServerOptions]) {
      made.server = new Class(options);
      return made.server;
    },
  });
  programUnder('Rooms', ['createServer'])({ ...sluice, Rooms, WebSocketServer: Server }, makeServer);
  const { http, server, rooms } = made as Required<typeof made>;
  if (!http.listening) await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;

  const socket = new sluice.WebSocket(`ws://127.0.0.1:${port}`);
  const messages = socket[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, string>> => JSON.parse(String((await messages.next()).value?.data));
  const { cursor } = await next();
  const response = await fetch(`${origin}/stream?since=${cursor}`);
  const poll = fetch(`${origin}/poll?since=${cursor}`);
  socket.send('hello');
  const said = await next();
  expect(said).toMatchObject({ type: 'MESSAGE', text: 'hello', roomId: 'lobby' });
  expect(((await (await poll).json()) as { messages: object[] }).messages).toEqual([said]);
  const events = new TextDecoderStream();
  let text = '';
  for await (const part of (response.body as ReadableStream<Uint8Array>).pipeThrough(events as never)) {
    text += part;
    if (text.includes('hello')) break;
  }
  expect(text).toContain(`id: ${said['id']}\ndata: ${JSON.stringify(said)}\n\n`);

  await messages.return?.();
  socket.close();
  await once(socket as never, 'close');
  await rooms.close();
  await server.shutdown();
  http.close();
  http.closeAllConnections();
  await once(http, 'close');
});
