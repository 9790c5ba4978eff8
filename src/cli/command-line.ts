// Arguments and environment to a command: `sluice serve`, `sluice inspect`, `--help`, `--version`. What cannot be read is a
// fault in one line; nothing is guessed. A flag wins over its variable.
import { parseArgs } from 'node:util';
import { type Flag, type Given, SETTINGS, type Setting } from './setting.ts';

/** How much `sluice serve` says. */
export type LogLevel = 'silent' | 'error' | 'info' | 'debug';

/** How it says it. */
export type LogFormat = 'text' | 'json';

/** Which JSON Web Tokens are believed: exactly one of the first two is given. */
export interface JwtSettings {
  readonly secret: string | undefined;
  /** A file. */
  readonly jwks: string | undefined;
  readonly algorithms: readonly string[];
  /** `null` for any. */
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** `sluice serve`, as it was asked for. */
export interface ServeOptions {
  readonly port: number;
  readonly host: string | undefined;
  readonly allowedOrigins: readonly string[] | undefined;
  readonly maxConnectionsPerIp: number;
  readonly trustProxy: readonly string[] | undefined;
  /** Where the rooms are kept; `undefined` for the memory of the process. */
  readonly redis: { readonly url: string; readonly prefix: string | undefined } | undefined;
  readonly history: number | undefined;
  /** Milliseconds. */
  readonly shutdownTimeout: number;
  /** How clients prove who they are; `undefined` when everybody is a guest. */
  readonly jwt: JwtSettings | undefined;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/** `sluice inspect`, as it was asked for. */
export interface InspectOptions {
  /** The arguments; none or `-` for what comes in at the standard input. */
  readonly hex: readonly string[];
  /** Who sent the bytes; without it, the MASK bit is believed. */
  readonly from: 'client' | 'server' | undefined;
}

/** What to do. */
export type Command =
  | { readonly name: 'help' | 'version' }
  | { readonly name: 'serve'; readonly options: ServeOptions }
  | { readonly name: 'inspect'; readonly options: InspectOptions }
  | { readonly name: 'fault'; readonly text: string };

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT = 8080;
const HIGHEST_PORT = 65_535;
const DEFAULT_MAX_CONNECTIONS_PER_IP = 10;
const DEFAULT_SHUTDOWN_TIMEOUT = 10;
const SECOND = 1_000;
/** Longer than anybody waits, and short enough for any timer. */
const LONGEST_SHUTDOWN = 86_400;
const LOG_LEVELS: readonly LogLevel[] = ['silent', 'error', 'info', 'debug'];
const LOG_FORMATS: readonly LogFormat[] = ['text', 'json'];
const REDIS_SCHEMES: readonly string[] = ['redis:', 'rediss:'];

/** A fault of the person at the terminal; never leaves this file. */
class Fault extends Error {}

/** Reads the arguments behind `sluice`, and what the environment says about the rest. */
export function readCommandLine(args: readonly string[], environment: Environment): Command {
  try {
    return read(args, environment);
  } catch (error) {
    // parseArgs says more than one line should; its first sentence is enough.
    const [text] = (error as Error).message.split(/\.? To specify |\n/) as [string];
    return { name: 'fault', text: error instanceof Fault ? text : `${text} (see sluice --help)` };
  }
}

function read(args: readonly string[], environment: Environment): Command {
  const [command, ...rest] = args;
  if (command === '--version' || command === '-v') return { name: 'version' };
  if (command === '--help' || command === '-h' || rest.includes('--help')) return { name: 'help' };
  if (command === 'serve') return { name: 'serve', options: readServe(rest, environment) };
  if (command === 'inspect') return { name: 'inspect', options: readInspect(rest) };
  const got = command === undefined ? '' : `, got ${JSON.stringify(command)}`;
  throw new Fault(`expected a command: serve or inspect${got} (see sluice --help)`);
}

function readServe(args: readonly string[], environment: Environment): ServeOptions {
  const options = Object.fromEntries(
    SETTINGS.map(({ flag, ...row }: Setting) => [flag, { type: 'string' as const, multiple: row.multiple === true }]),
  );
  const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
  const all = (flag: Flag): Given[] => given(flag, values[flag], environment);
  const one = (flag: Flag): Given | undefined => all(flag)[0];
  const list = (flag: Flag): string[] | undefined => {
    const entries = all(flag).map((entry) => entry.value);
    return entries.length === 0 ? undefined : entries;
  };

  const cert = one('tls-cert');
  const key = one('tls-key');
  if ((cert === undefined) !== (key === undefined)) {
    throw new Fault(
      `--tls-cert and --tls-key go together: ${cert === undefined ? '--tls-cert' : '--tls-key'} is missing`,
    );
  }
  return {
    port: number(one('port'), HIGHEST_PORT) ?? DEFAULT_PORT,
    host: one('host')?.value,
    allowedOrigins: list('allow-origin'),
    maxConnectionsPerIp: number(one('max-connections-per-ip')) ?? DEFAULT_MAX_CONNECTIONS_PER_IP,
    trustProxy: list('trust-proxy'),
    redis: redisSettings(one('redis'), one('redis-prefix')),
    history: atLeastOne(one('history')),
    shutdownTimeout: (number(one('shutdown-timeout'), LONGEST_SHUTDOWN) ?? DEFAULT_SHUTDOWN_TIMEOUT) * SECOND,
    jwt: jwtSettings(one, list('jwt-algorithm')),
    tls: cert && key && { cert: cert.value, key: key.value },
    logLevel: choice(one('log-level'), LOG_LEVELS) ?? 'info',
    logFormat: choice(one('log-format'), LOG_FORMATS) ?? 'text',
  };
}

function redisSettings(url: Given | undefined, prefix: Given | undefined): ServeOptions['redis'] {
  if (url === undefined) {
    if (prefix !== undefined) throw new Fault(`${prefix.source} needs --redis`);
    return undefined;
  }
  // The URL may hold a password: it is never repeated.
  if (!URL.canParse(url.value) || !REDIS_SCHEMES.includes(new URL(url.value).protocol)) {
    throw new Fault(`${url.source} must be a URL such as redis://127.0.0.1:6379`);
  }
  return { url: url.value, prefix: prefix?.value };
}

function jwtSettings(
  one: (flag: Flag) => Given | undefined,
  algorithms: readonly string[] | undefined,
): JwtSettings | undefined {
  const [secret, jwks, issuer, audience] = [one('jwt-secret'), one('jwks'), one('jwt-issuer'), one('jwt-audience')];
  if (secret !== undefined && jwks !== undefined) {
    throw new Fault(`${secret.source} and ${jwks.source} cannot both be given`);
  }
  if (secret === undefined && jwks === undefined) {
    const stray = issuer ?? audience ?? (algorithms === undefined ? undefined : one('jwt-algorithm'));
    if (stray !== undefined) throw new Fault(`${stray.source} needs --jwt-secret or --jwks`);
    return undefined;
  }
  // Keys of an issuer serve many programs: a token for another one must not open this one.
  if (jwks !== undefined && (issuer === undefined || audience === undefined)) {
    throw new Fault('--jwks needs --jwt-issuer and --jwt-audience');
  }
  return {
    secret: secret?.value,
    jwks: jwks?.value,
    algorithms: algorithms ?? (secret === undefined ? ['ES256', 'RS256'] : ['HS256']),
    issuer: issuer?.value ?? null,
    audience: audience?.value ?? null,
  };
}

/** What was said about a setting: by flags, else by its variable, whose list has commas. */
function given(flag: Flag, value: unknown, environment: Environment): Given[] {
  const setting: Setting = SETTINGS.find((row) => row.flag === flag) as Setting;
  if (value !== undefined) {
    return [value].flat().map((entry) => ({ value: String(entry), source: `--${flag}` }));
  }
  const { variable, alias } = setting;
  const source = alias !== undefined && !environment[variable] && environment[alias] ? alias : variable;
  const text = environment[source] ?? '';
  const entries = setting.multiple ? text.split(',').map((entry) => entry.trim()) : [text];
  return entries.filter((entry) => entry !== '').map((entry) => ({ value: entry, source }));
}

function number(setting: Given | undefined, most = Number.MAX_SAFE_INTEGER): number | undefined {
  if (setting === undefined) return undefined;
  const value = /^\d{1,16}$/.test(setting.value) ? Number(setting.value) : Number.NaN;
  if (value <= most) return value;
  const range =
    most < Number.MAX_SAFE_INTEGER ? `a whole number from 0 to ${most}` : 'a whole number that is not negative';
  throw new Fault(`${setting.source} must be ${range}, got ${JSON.stringify(setting.value)}`);
}

function atLeastOne(setting: Given | undefined): number | undefined {
  const value = number(setting);
  if (value === 0) throw new Fault(`${setting?.source} must be more than 0`);
  return value;
}

function choice<Value extends string>(setting: Given | undefined, values: readonly Value[]): Value | undefined {
  if (setting === undefined) return undefined;
  const value = values.find((known) => known === setting.value);
  if (value !== undefined) return value;
  throw new Fault(`${setting.source} must be ${values.join(', ')}, got ${JSON.stringify(setting.value)}`);
}

function readInspect(args: readonly string[]): InspectOptions {
  const options = { from: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  const { from } = values;
  if (from !== undefined && from !== 'client' && from !== 'server') {
    throw new Fault(`--from must be client or server, got ${JSON.stringify(from)}`);
  }
  return { hex: positionals, from };
}
