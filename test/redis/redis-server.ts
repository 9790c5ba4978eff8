// A real redis-server on a free port of loopback, alone or three of them as a Cluster; killed, paused, emptied and started again
// by tests, and gone with the test file. Asked by redis-cli, which keeps nothing open.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How often another free port is tried, should somebody be quicker. */
const TRIES = 5;

/** One server. */
export class RedisServer {
  readonly port: number;
  readonly #path: string;
  readonly #args: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-redis-'));
  #process: ChildProcess | undefined;

  private constructor(path: string, port: number, args: readonly string[]) {
    this.#path = path;
    this.port = port;
    this.#args = args;
  }

  /** Starts one that keeps nothing on disk, unless `args` say so. */
  static async start(path: string, ...args: readonly string[]): Promise<RedisServer> {
    for (let tries = 1; ; tries++) {
      const server = new RedisServer(path, await freePort(), args);
      try {
        await server.restart();
        return server;
      } catch (error) {
        await server.stop();
        if (tries === TRIES) throw error;
      }
    }
  }

  /** Starts it on the port it had, empty. Resolves when it answers. */
  async restart(): Promise<void> {
    const settings = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const child = spawn(this.#path, [...settings, ...this.#args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    let log = '';
    for await (const chunk of child.stdout) {
      log += chunk;
      if (log.includes('eady to accept connections')) break;
    }
    if (!log.includes('eady to accept connections')) throw new Error(`redis-server has not started: ${log}`);
  }

  /** What `redis-cli` prints, without the end of its last line. */
  async ask(...command: readonly string[]): Promise<string> {
    const { stdout } = await run('redis-cli', ['-p', String(this.port), ...command]);
    return stdout.trimEnd();
  }

  /** Stops it where it stands: connections stay, and nothing is answered. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Ends it and takes its folder away. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Three masters with all slots between them. */
export class RedisCluster {
  readonly nodes: readonly RedisServer[];

  private constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes;
  }

  static async start(path: string): Promise<RedisCluster> {
    const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
    const nodes: RedisServer[] = [];
    for (let count = 0; count < 3; count++) {
      // The bus has the port 10,000 above by default, which may be none.
      nodes.push(await RedisServer.start(path, ...args, '--cluster-port', String(await freePort())));
    }
    const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
    for (const node of nodes) {
      while (!(await node.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    }
    return new RedisCluster(nodes);
  }

  /** Asks every node. */
  ask(...command: readonly string[]): Promise<string[]> {
    return Promise.all(this.nodes.map((node) => node.ask(...command)));
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop();
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
