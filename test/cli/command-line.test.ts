import { describe, expect, test } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.ts';

function read(line: string, environment: Record<string, string> = {}) {
  return readCommandLine(line.split(' ').filter(Boolean), environment);
}

/** The options of `sluice serve`. */
function serve(line: string, environment: Record<string, string> = {}) {
  const command = read(`serve ${line}`, environment);
  if (command.name !== 'serve') throw new Error(JSON.stringify(command));
  return command.options;
}

function fault(line: string, environment: Record<string, string> = {}): string {
  const command = read(line, environment);
  if (command.name !== 'fault') throw new Error(JSON.stringify(command));
  expect(command.text).not.toContain('\n');
  return command.text;
}

describe('the command', () => {
  test.each([
    ['--help', 'help'],
    ['-h', 'help'],
    ['serve --help', 'help'],
    ['inspect --help', 'help'],
    ['--version', 'version'],
    ['-v', 'version'],
    ['serve', 'serve'],
    ['inspect 8100', 'inspect'],
  ])('sluice %s is %s', (line, name) => {
    expect(read(line).name).toBe(name);
  });

  test('is missing', () => {
    expect(fault('')).toBe('expected a command: serve or inspect (see sluice --help)');
  });

  test.each(['start', '__proto__', '--port 1'])('is unknown: %s', (line) => {
    expect(fault(line)).toContain(`got "${line.split(' ')[0]}"`);
  });
});

describe('sluice serve', () => {
  test('has its defaults', () => {
    expect(serve('')).toEqual({
      port: 8080,
      host: undefined,
      allowedOrigins: undefined,
      maxConnectionsPerIp: 10,
      trustProxy: undefined,
      redis: undefined,
      history: undefined,
      shutdownTimeout: 10_000,
      jwt: undefined,
      tls: undefined,
      logLevel: 'info',
      logFormat: 'text',
    });
  });

  test('takes flags', () => {
    const flags =
      '--port 0 --host ::1 --allow-origin https://a.example --allow-origin https://b.example --max-connections-per-ip 0 ' +
      '--trust-proxy 10.0.0.0/8 --history 5 --tls-cert a.pem --tls-key b.pem --log-level debug';
    expect(serve(flags)).toEqual({
      port: 0,
      host: '::1',
      allowedOrigins: ['https://a.example', 'https://b.example'],
      maxConnectionsPerIp: 0,
      trustProxy: ['10.0.0.0/8'],
      redis: undefined,
      history: 5,
      shutdownTimeout: 10_000,
      tls: { cert: 'a.pem', key: 'b.pem' },
      logLevel: 'debug',
      logFormat: 'text',
    });
  });

  test('takes the same from the environment', () => {
    const environment = {
      PORT: '81',
      SLUICE_HOST: '::1',
      SLUICE_ALLOW_ORIGIN: 'https://a.example, https://b.example,',
      SLUICE_MAX_CONNECTIONS_PER_IP: '3',
      SLUICE_TRUST_PROXY: '10.0.0.0/8,::1',
      SLUICE_HISTORY: '7',
      SLUICE_TLS_CERT: 'a.pem',
      SLUICE_TLS_KEY: 'b.pem',
      SLUICE_LOG_LEVEL: 'silent',
    };
    expect(serve('', environment)).toEqual({
      port: 81,
      host: '::1',
      allowedOrigins: ['https://a.example', 'https://b.example'],
      maxConnectionsPerIp: 3,
      trustProxy: ['10.0.0.0/8', '::1'],
      redis: undefined,
      history: 7,
      shutdownTimeout: 10_000,
      tls: { cert: 'a.pem', key: 'b.pem' },
      logLevel: 'silent',
      logFormat: 'text',
    });
  });

  test('believes a flag before the environment, and takes an empty variable for none', () => {
    expect(serve('--port 1', { PORT: '2' }).port).toBe(1);
    expect(serve('', { PORT: '' }).port).toBe(8080);
  });

  test('does not listen to what means other things to other programs', () => {
    expect(serve('', { HOST: 'example.com', HISTORY: '3' })).toMatchObject({ host: undefined, history: undefined });
  });

  test.each(['x', '-1', '1.5', '65536', '1e3', '0x50', '99999999999999999999'])('port %s is none', (port) => {
    expect(fault(`serve --port=${port}`)).toBe(`--port must be a whole number from 0 to 65535, got "${port}"`);
    expect(fault('serve', { PORT: port })).toBe(`PORT must be a whole number from 0 to 65535, got "${port}"`);
  });

  test('the highest port is one', () => {
    expect(serve('--port 65535').port).toBe(65_535);
  });

  test.each(['max-connections-per-ip', 'history'])('--%s must be a whole number', (flag) => {
    expect(fault(`serve --${flag} some`)).toBe(`--${flag} must be a whole number that is not negative, got "some"`);
  });

  test('an empty value is not read as 0', () => {
    expect(fault('serve --port=')).toContain('--port must be');
  });

  test('a level nobody knows is refused', () => {
    expect(fault('serve --log-level loud')).toBe('--log-level must be silent, error, info, debug, got "loud"');
  });

  test.each([
    ['--tls-cert a.pem', '--tls-key'],
    ['--tls-key b.pem', '--tls-cert'],
  ])('%s alone misses %s', (flags, missing) => {
    expect(fault(`serve ${flags}`)).toBe(`--tls-cert and --tls-key go together: ${missing} is missing`);
  });

  test.each([
    ['--prot 1', "Unknown option '--prot' (see sluice --help)"],
    ['-p 1', "Unknown option '-p' (see sluice --help)"],
    ['--port', "Option '--port <value>' argument missing (see sluice --help)"],
    ['--port --host', "Option '--port' argument is ambiguous. (see sluice --help)"],
    ['8080', "Unexpected argument '8080'. This command does not take positional arguments (see sluice --help)"],
    ['--jwt-token x', "Unknown option '--jwt-token' (see sluice --help)"],
  ])('%s is one line of complaint', (flags, text) => {
    expect(fault(`serve ${flags}`)).toBe(text);
  });
});

describe('Redis', () => {
  test('is named by a URL', () => {
    const redis = { url: 'redis://127.0.0.1:6379', prefix: undefined };
    expect(serve('--redis redis://127.0.0.1:6379').redis).toEqual(redis);
    expect(serve('', { REDIS_URL: redis.url }).redis).toEqual(redis);
    expect(serve('--redis-prefix a', { SLUICE_REDIS: 'rediss://h', REDIS_URL: redis.url }).redis).toEqual({
      url: 'rediss://h',
      prefix: 'a',
    });
  });

  test.each(['http://127.0.0.1', '127.0.0.1:6379', 'a-password'])('%s is none, and is never repeated', (url) => {
    expect(fault(`serve --redis ${url}`)).toBe('--redis must be a URL such as redis://127.0.0.1:6379');
  });

  test('is missing where its prefix is given', () => {
    expect(fault('serve --redis-prefix a')).toBe('--redis-prefix needs --redis');
  });
});

describe('the end and the log', () => {
  test('have their settings', () => {
    expect(serve('--shutdown-timeout 3 --log-format json')).toMatchObject({
      shutdownTimeout: 3_000,
      logFormat: 'json',
    });
    expect(serve('', { SLUICE_SHUTDOWN_TIMEOUT: '0' }).shutdownTimeout).toBe(0);
  });

  test.each([
    ['--shutdown-timeout 86401', '--shutdown-timeout must be a whole number from 0 to 86400, got "86401"'],
    ['--log-format xml', '--log-format must be text, json, got "xml"'],
    ['--history 0', '--history must be more than 0'],
  ])('%s is refused', (flags, text) => {
    expect(fault(`serve ${flags}`)).toBe(text);
  });
});

describe('sluice inspect', () => {
  test('takes hex in any number of arguments', () => {
    expect(read('inspect 81 00')).toEqual({ name: 'inspect', options: { hex: ['81', '00'], from: undefined } });
    expect(read('inspect')).toMatchObject({ options: { hex: [] } });
    expect(read('inspect -')).toMatchObject({ options: { hex: ['-'] } });
  });

  test.each(['client', 'server'])('takes --from %s', (from) => {
    expect(read(`inspect --from ${from} 8100`)).toMatchObject({ options: { from } });
  });

  test('takes the bytes from nobody else', () => {
    expect(fault('inspect --from proxy 8100')).toBe('--from must be client or server, got "proxy"');
    expect(fault('inspect --form client')).toContain("Unknown option '--form'");
  });
});

describe('JSON Web Tokens', () => {
  const secret = 'x'.repeat(32);

  test('are asked for by a secret, of anybody who has it', () => {
    const jwt = { secret, jwks: undefined, algorithms: ['HS256'], issuer: null, audience: null };
    expect(serve(`--jwt-secret ${secret}`).jwt).toEqual(jwt);
    expect(serve('', { SLUICE_JWT_SECRET: secret }).jwt).toEqual(jwt);
    expect(serve('', { JWT_SECRET: secret }).jwt).toEqual(jwt);
    expect(serve('', { JWT_SECRET: 'another', SLUICE_JWT_SECRET: secret }).jwt).toEqual(jwt);
    expect(serve('', { JWT_SECRET: secret, SLUICE_JWT_SECRET: '' }).jwt).toEqual(jwt);
    expect(serve('', { JWT_SECRET: '' }).jwt).toBeUndefined();
  });

  test('are asked for by a file of keys, of one issuer and for one audience', () => {
    expect(serve('--jwks keys.json --jwt-issuer i --jwt-audience a --jwt-algorithm EdDSA').jwt).toEqual({
      secret: undefined,
      jwks: 'keys.json',
      algorithms: ['EdDSA'],
      issuer: 'i',
      audience: 'a',
    });
    expect(serve('--jwks k --jwt-issuer i --jwt-audience a').jwt?.algorithms).toEqual(['ES256', 'RS256']);
  });

  test.each([
    ['--jwks k', '--jwks needs --jwt-issuer and --jwt-audience'],
    ['--jwks k --jwt-issuer i', '--jwks needs --jwt-issuer and --jwt-audience'],
    [`--jwks k --jwt-secret ${secret}`, '--jwt-secret and --jwks cannot both be given'],
    ['--jwt-issuer i', '--jwt-issuer needs --jwt-secret or --jwks'],
    ['--jwt-audience a', '--jwt-audience needs --jwt-secret or --jwks'],
    ['--jwt-algorithm HS256', '--jwt-algorithm needs --jwt-secret or --jwks'],
  ])('%s is a fault, and quotes no secret', (flags, text) => {
    expect(fault(`serve ${flags}`)).toBe(text);
  });
});
