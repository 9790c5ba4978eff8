// A real nginx with the configuration of examples/nginx, as it is shipped but for ports and paths, on ports of loopback.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../house/source-files.ts';
import type { Program } from '../interop/programs.ts';

const run = promisify(execFile);

/** nginx. Debian has it where the path of users does not lead. */
export const nginx: Program = {
  name: 'nginx (Debian: nginx)',
  path: [process.env['NGINX'], '/usr/sbin/nginx', 'nginx'].find(
    (path) => path !== undefined && spawnSync(path, ['-v']).status === 0,
  ),
};

/** What is shipped. */
export const SHIPPED = readFileSync(join(ROOT, 'examples/nginx/nginx.conf'), 'utf8');

/** Folders that nginx keeps bodies in, which would be Debian's. */
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** The number in a directive of what is shipped, in milliseconds. */
export function secondsOf(directive: RegExp): number {
  const found = directive.exec(SHIPPED);
  if (found === null) throw new Error(`nothing in nginx.conf is ${directive}`);
  return Number(found[1]) * 1_000;
}

/** Puts `to` in the place of `from`, which must be there once. */
export function replaceOnce(text: string, from: string, to: string): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`"${from}" is ${parts.length - 1} times in nginx.conf`);
  return parts.join(to);
}

/** How it is started. */
export interface NginxOptions {
  readonly path: string;
  readonly certificate: { readonly cert: Buffer; readonly key: Buffer };
  /** Where the three instances are. */
  readonly instances: readonly [number, number, number];
  /** What a test changes besides. */
  readonly change?: ((configuration: string) => string) | undefined;
}

/** One master and its workers. Events: `line (text)` of its log. */
export class NginxProcess extends EventEmitter {
  /** Of TLS. */
  readonly port: number;
  /** Of the server that leads to TLS. */
  readonly plainPort: number;
  /** The processes that serve. */
  readonly workers = new Set<number>();
  readonly #path: string;
  readonly #folder: string;
  readonly #instances: readonly number[];
  #process: ChildProcess | undefined;

  private constructor(options: NginxOptions, folder: string, port: number, plainPort: number) {
    super();
    this.setMaxListeners(0);
    this.#path = options.path;
    this.#instances = options.instances;
    this.#folder = folder;
    this.port = port;
    this.plainPort = plainPort;
  }

  /** Resolves when it serves. */
  static async start(options: NginxOptions): Promise<NginxProcess> {
    const { certificate, change } = options;
    const folder = mkdtempSync(join(tmpdir(), 'sluice-nginx-'));
    const started = new NginxProcess(options, folder, await freePort(), await freePort());
    writeFileSync(join(folder, 'fullchain.pem'), certificate.cert);
    writeFileSync(join(folder, 'privkey.pem'), certificate.key, { mode: 0o600 });
    started.configure(change);
    try {
      await started.#begin();
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  /** Writes the configuration. It holds from the start, or the next {@link reload} on. */
  configure(change: NginxOptions['change'] = (text) => text): void {
    writeFileSync(join(this.#folder, 'nginx.conf'), change(this.#configuration()));
  }

  /** `nginx -s reload`. @returns the workers that were there before, when they have been told to end and new ones serve. */
  async reload(): Promise<readonly number[]> {
    const before = [...this.workers];
    const told = before.map((worker) => this.#logs(` ${worker}#`, 'gracefully shutting down'));
    await run(this.#path, [...this.#arguments(), '-s', 'reload']);
    await Promise.all(told);
    return before;
  }

  /** Waits until a worker is gone. */
  async ended(worker: number): Promise<void> {
    while (this.workers.has(worker)) await once(this, 'line');
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      // Not SIGQUIT: it would wait for whoever is still connected.
      child.kill('SIGTERM');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #configuration(): string {
    let text = SHIPPED;
    for (const [index, port] of this.#instances.entries()) {
      text = replaceOnce(text, `127.0.0.1:808${index + 1} `, `127.0.0.1:${port} `);
    }
    const temporary = TEMPORARY.map((name) => `${name}_temp_path ${this.#folder}/${name};`).join('\n');
    const changes = {
      '/run/nginx.pid': `${this.#folder}/nginx.pid`,
      '/var/log/nginx/error.log': 'stderr notice',
      '/var/log/nginx/access.log': `${this.#folder}/access.log`,
      '/etc/nginx/tls/fullchain.pem': `${this.#folder}/fullchain.pem`,
      '/etc/nginx/tls/privkey.pem': `${this.#folder}/privkey.pem`,
      'listen 80;': `listen 127.0.0.1:${this.plainPort};`,
      'listen 443 ssl http2;': `listen 127.0.0.1:${this.port} ssl http2;`,
      'http {\n': `http {\n${temporary}\n`,
    };
    return Object.entries(changes).reduce((changed, [from, to]) => replaceOnce(changed, from, to), text);
  }

  #arguments(): string[] {
    return ['-p', this.#folder, '-c', join(this.#folder, 'nginx.conf'), '-g', 'daemon off;'];
  }

  async #begin(): Promise<void> {
    const child = spawn(this.#path, this.#arguments(), { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    let log = '';
    let rest = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#onLine(line);
    });
    // It listens before it has workers.
    await Promise.race([
      this.#logs('start worker process '),
      once(child, 'exit').then(() => Promise.reject(new Error(`nginx has ended: ${log}`))),
    ]);
  }

  #onLine(line: string): void {
    const [, begun] = /start worker process (\d+)/.exec(line) ?? [];
    if (begun !== undefined) this.workers.add(Number(begun));
    const [, ended] = /worker process (\d+) exited/.exec(line) ?? [];
    if (ended !== undefined) this.workers.delete(Number(ended));
    this.emit('line', line);
  }

  /** Waits for a line that has all these words. */
  #logs(...words: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      // Lines come many at a time: whoever waited for one after the other would miss those between.
      const onLine = (line: string): void => {
        if (!words.every((word) => line.includes(word))) return;
        this.off('line', onLine);
        resolve();
      };
      this.on('line', onLine);
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
