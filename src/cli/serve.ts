// `sluice serve`: starts the server, says where it is, and ends it in good order when it is told to. Whatever keeps it from
// starting is one line and exit code 1.
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type App, type AppOptions, createWebSocketServer } from '../app/index.ts';
import { Inspector } from '../inspect/index.ts';
import type { Broker, BrokerStatus } from '../rooms/index.ts';
import type { WebSocket } from '../websocket/index.ts';
import { authenticatorFor } from './authenticator.ts';
import { brokerFor } from './broker.ts';
import type { ServeOptions } from './command-line.ts';
import { version } from './help.ts';
import { Log } from './log.ts';
import { complain, type Terminal } from './terminal.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A file of --tls-cert or --tls-key that cannot be used; never leaves this file. */
class BadCredentials extends Error {}

/**
 * Serves until a signal comes; a second one hurries it.
 *
 * @returns the exit code.
 */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<number> {
  let app: App;
  let broker: Broker | undefined;
  try {
    const settings = await appOptions(options);
    broker = options.redis && (await brokerFor(options.redis, options.history));
    app = await createWebSocketServer(options.port, { ...settings, broker });
  } catch (error) {
    await broker?.close();
    return complain(terminal, explain(error as NodeJS.ErrnoException, options));
  }
  const log = new Log(options.logLevel, options.logFormat, terminal);
  watch(app, log);

  log.info(`sluice ${version()} listens on ${app.url}`, { url: app.url });
  log.info(`${whoMayCome(options)} Ctrl-C stops it.`);
  await untilSignal(terminal, (signal, count) => {
    const { connections } = app.health;
    const what = connections === 1 ? 'connection' : 'connections';
    if (count === 1) log.info(`${signal}: closing ${connections} ${what}.`, { signal, connections });
    return app.shutdown({ timeout: count === 1 ? options.shutdownTimeout : 0 });
  });
  await broker?.close();
  log.info('Stopped.');
  return 0;
}

/** Says what happens. Nothing that a client has sent is in it: no token, no name, no query. */
function watch(app: App, log: Log): void {
  app.on('error', (error: Error) => log.error(`the server: ${error.message}`));
  app.on('fault', (error: unknown) => log.error(`a mistake of the program: ${String(error)}`));
  app.on('broker', (status: BrokerStatus) => {
    if (status === 'up') log.info('the broker can be reached', { broker: status });
    else log.error('the broker cannot be reached', { broker: status });
  });
  app.on('answer', (route: string, method: string, status: number) => {
    log.debug(`${method} ${route}: ${status}`, { method, route, status });
  });
  app.on('connection', (websocket: WebSocket) => {
    log.debug('a connection is open', { transport: 'websocket' });
    websocket.on('close', (code: number) => log.debug(`a connection is closed, code ${code}`, { code }));
  });
}

function whoMayCome({ jwt }: ServeOptions): string {
  if (jwt === undefined) return 'Everybody is a guest: there is no secret, so only this machine can connect.';
  const by = jwt.issuer === null ? 'anybody who has the secret' : jwt.issuer;
  const meantFor = jwt.audience === null ? '' : `, for ${jwt.audience}`;
  return `Clients show a JSON Web Token: ${jwt.algorithms.join(' or ')}, issued by ${by}${meantFor}.`;
}

async function appOptions(options: ServeOptions): Promise<AppOptions> {
  const { host, allowedOrigins, maxConnectionsPerIp, trustProxy, history, jwt, tls } = options;
  return {
    authenticate: jwt && (await authenticatorFor(jwt)),
    host,
    allowedOrigins,
    maxConnectionsPerIp,
    trustProxy,
    history: options.redis === undefined ? history : undefined,
    tls: tls && readCredentials(tls),
    inspection: new Inspector(),
    outages: true,
  };
}

function readCredentials(files: { readonly cert: string; readonly key: string }): { cert: Buffer; key: Buffer } {
  const cert = readCredential('--tls-cert', files.cert);
  const key = readCredential('--tls-key', files.key);
  check(`--tls-cert ${files.cert} is no certificate in PEM`, () => createSecureContext({ cert }));
  check(`--tls-key ${files.key} is no private key in PEM`, () => createSecureContext({ key }));
  check(`--tls-key ${files.key} is not the key of --tls-cert ${files.cert}`, () => createSecureContext({ cert, key }));
  return { cert, key };
}

function readCredential(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new BadCredentials(`${flag} ${file} cannot be read: ${(error as Error).message}`);
  }
}

function check(complaint: string, attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    throw new BadCredentials(`${complaint} (${(error as Error).message})`);
  }
}

/** Why the server could not start, in one line. */
export function explain(error: NodeJS.ErrnoException, { port, host = '127.0.0.1' }: ServeOptions): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use: choose another with --port, or 0 for any free one`;
    case 'EACCES':
      return `port ${port} of ${host} is not allowed to you: choose one from 1024 on with --port`;
    case 'EADDRNOTAVAIL':
      return `${host} is no address of this machine`;
    default:
      return error.message;
  }
}

/** Waits for the first signal, calls `stop` at it and at each that follows, and ends when the first stop has ended. */
function untilSignal({ signals }: Terminal, stop: (signal: string, count: number) => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    const listeners = SIGNALS.map((signal) => [signal, () => onSignal(signal)] as const);
    const onSignal = (signal: string): void => {
      const stopped = stop(signal, ++count);
      if (count > 1) return;
      void stopped.then(() => {
        for (const [name, listener] of listeners) signals.off(name, listener);
        resolve();
      });
    };
    for (const [name, listener] of listeners) signals.on(name, listener);
  });
}
