// Event streams and polls for handlers of the Fetch API, served by Bun and by Deno, which run src/ as it stands; read by the
// `eventsource` package. Both come as packages of npm, fetched on first use.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EventSource } from 'eventsource';
import { afterEach, expect, it } from 'vitest';
import { binaryOf } from '../../scripts/npm-binary.mjs';
import { describeWith, type Program } from './programs.ts';

const SERVER = fileURLToPath(new URL('./runtimes/serve.ts', import.meta.url));

interface Runtime extends Program {
  readonly arguments: readonly string[];
}

const RUNTIMES: readonly Runtime[] = [
  { name: 'bun (a package of npm)', path: binaryOf('bun', '1.4.5', 'bun'), arguments: [SERVER] },
  {
    name: 'deno (a package of npm)',
    path: binaryOf('deno', '2', 'deno'),
    arguments: ['run', '--no-check', '--allow-all', '--no-lock', SERVER],
  },
];

/** A server that runs elsewhere. */
class Server {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  origin = '';

  constructor(path: string, parameters: readonly string[]) {
    this.#child = spawn(path, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  /** The next line that it says. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the server has ended');
    return value;
  }

  async start(): Promise<this> {
    this.origin = `http://127.0.0.1:${(await this.line()).replace('port ', '')}`;
    return this;
  }

  async stop(): Promise<void> {
    const gone = this.#child.exitCode === null ? once(this.#child, 'exit') : undefined;
    this.#child.kill();
    await gone;
  }
}

const servers: Server[] = [];
const sources: EventSource[] = [];

afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  for (const server of servers.splice(0)) await server.stop();
});

for (const runtime of RUNTIMES) {
  describeWith(runtime, `a handler of the Fetch API, served by ${runtime.name}`, (path) => {
    const serve = async (): Promise<Server> => {
      const server = new Server(path, runtime.arguments);
      servers.push(server);
      return await server.start();
    };

    it('streams events, is come back to with the last id, and hears that the client has gone', async () => {
      const server = await serve();
      const source = new EventSource(`${server.origin}/stream`);
      sources.push(source);
      const heard: string[] = [];
      source.addEventListener('named', (event) => heard.push(`named ${event.data}`));
      const behind = new Promise<void>((resolve) => {
        source.addEventListener('message', (event) => {
          heard.push(`message ${event.data}`);
          if (event.data.startsWith('behind')) resolve();
        });
      });
      expect(await server.line()).toBe('end closed');
      await behind;
      expect(heard).toEqual(['message first', 'named second', 'message behind e-2']);
      source.close();
      expect(await server.line()).toBe('end gone');
    });

    it('answers a poll', async () => {
      const server = await serve();
      const response = await fetch(`${server.origin}/poll`);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toMatchObject({ messages: [{ n: 1 }], cursor: 'b', gap: false });
    });
  });
}
