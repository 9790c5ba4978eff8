// The programs of the README run as they stand there, against each other.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import * as sluice from '../src/index.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The program under a heading, as a function of what it imports. */
function programUnder(heading: string, names: string[]): (...values: unknown[]) => unknown {
  const section = README.slice(README.indexOf(`\n## ${heading}\n`));
  const code = /```js\n([\s\S]*?)```/.exec(section)?.[1];
  if (code === undefined) throw new Error(`the README has no program under "${heading}"`);
  const body = code.replace(/import \{ (\w+) \} from 'sluice';/, 'const { $1 } = sluice;');
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
