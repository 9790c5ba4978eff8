// `sluice serve`: starts the server, says where it is, and ends it in good order when it is told to. Whatever keeps it from
// starting is one line and exit code 1.
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type App, type AppOptions, createWebSocketServer } from '../app/index.ts';
import { Inspector } from '../inspect/index.ts';
import type { WebSocket } from '../websocket/index.ts';
import { authenticatorFor } from './authenticator.ts';
import type { LogLevel, ServeOptions } from './command-line.ts';
import { version } from './help.ts';
import { complain, type Terminal } from './terminal.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Milliseconds that clients have for the closing handshake. */
const PATIENCE = 5_000;

/** A file of --tls-cert or --tls-key that cannot be used; never leaves this file. */
class BadCredentials extends Error {}

/**
 * Serves until a signal comes; a second one hurries it.
 *
 * @returns the exit code.
 */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<number> {
  let app: App;
  try {
    app = await createWebSocketServer(options.port, await appOptions(options));
  } catch (error) {
    return complain(terminal, explain(error as NodeJS.ErrnoException, options));
  }
  const say = speaker(options.logLevel, terminal);
  app.on('error', (error: Error) => say('error', `the server: ${error.message}`));
  app.on('connection', (websocket: WebSocket) => {
    say('debug', 'a connection is open');
    websocket.on('close', (code: number) => say('debug', `a connection is closed, code ${code}`));
  });
  say('info', `sluice ${version()} listens on ${app.url}`);
  say('info', `${whoMayCome(options)} Ctrl-C stops it.`);

  await untilSignal(terminal, (signal, count) => {
    const open = app.clients?.size ?? 0;
    if (count === 1) say('info', `${signal}: closing ${open} ${open === 1 ? 'connection' : 'connections'}.`);
    // 1012: the service restarts (RFC 6455 §7.4.1).
    return app.shutdown({ timeout: count === 1 ? PATIENCE : 0 });
  });
  say('info', 'Stopped.');
  return 0;
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
    history,
    tls: tls && readCredentials(tls),
    inspection: new Inspector(),
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

function speaker(level: LogLevel, { output, errors }: Terminal): (level: LogLevel, text: string) => void {
  const loudness: readonly LogLevel[] = ['silent', 'error', 'info', 'debug'];
  const most = loudness.indexOf(level);
  return (wanted, text) => {
    if (loudness.indexOf(wanted) <= most) (wanted === 'error' ? errors : output).write(`${text}\n`);
  };
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
