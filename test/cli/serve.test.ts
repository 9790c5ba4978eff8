import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { readCommandLine, type ServeOptions } from '../../src/cli/command-line.ts';
import { explain, serve } from '../../src/cli/serve.ts';
import { localCertificate } from '../interop/certificates.ts';
import { describeWith, openssl } from '../interop/programs.ts';
import { claims, hs256, ISSUER, SECRET } from '../jwt/tokens.ts';
import { Person } from './person.ts';

function options(...flags: string[]): ServeOptions {
  const command = readCommandLine(['serve', '--port', '0', ...flags], {});
  if (command.name !== 'serve') throw new Error(JSON.stringify(command));
  return command.options;
}

/** Starts a server; `end` stops it and gives the exit code. */
async function start(...flags: string[]) {
  const person = new Person();
  const ended = serve(options(...flags), person);
  const [url] = await person.sees(/https?:\/\/\S+/);
  return {
    person,
    url,
    ended,
    end: (signal = 'SIGTERM'): Promise<number> => {
      person.signals.emit(signal);
      return ended;
    },
  };
}

async function expectOneLine(line: string | RegExp, ...flags: string[]): Promise<void> {
  const person = new Person();
  expect(await serve(options(...flags), person)).toBe(1);
  expect(person.heard).toMatch(/^sluice: [^\n]*\n$/);
  if (typeof line === 'string') expect(person.heard).toBe(`sluice: ${line}\n`);
  else expect(person.heard).toMatch(line);
  expect(person.seen).toBe('');
}

describe('the server', () => {
  test('says where it is, and that everybody is a guest', async () => {
    const { person, url, end } = await start();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(person.seen).toMatch(/^sluice \d+\.\d+\.\d+ listens on http/);
    expect(person.seen).toContain('Everybody is a guest');
    const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
    expect(response.resume().statusCode).toBe(200);
    await once(response, 'close');
    expect(await end()).toBe(0);
  });

  test('with a secret asks for tokens, and says so without the secret', async () => {
    const { person, url, end } = await start('--jwt-secret', SECRET, '--jwt-issuer', ISSUER);
    expect(person.seen).toContain(`Clients show a JSON Web Token: HS256, issued by ${ISSUER}.`);
    expect(person.seen).not.toContain(SECRET);
    const client = new WebSocket(`${url.replace('http', 'ws')}ws`);
    await once(client, 'open');
    client.send(JSON.stringify({ type: 'AUTH', token: hs256(claims()) }));
    const [data] = await once(client, 'message');
    expect(JSON.parse(String(data))).toMatchObject({ type: 'AUTH_OK', payload: { userId: 'alice' } });
    const guest = new WebSocket(`${url.replace('http', 'ws')}ws`);
    await once(guest, 'open');
    guest.send('{"type":"AUTH","token":"Ada"}');
    expect((await once(guest, 'close'))[0]).toBe(4001);
    const closed = once(client, 'close');
    expect(await end()).toBe(0);
    await closed;
    expect(person.heard).toBe('');
  });

  test('with a secret may be reached by others', async () => {
    const { url, end } = await start('--jwt-secret', SECRET, '--host', '0.0.0.0', '--jwt-audience', 'a');
    expect(url).toMatch(/^http:\/\/0\.0\.0\.0:/);
    expect(await end()).toBe(0);
  });

  test('shows its connections to themselves', async () => {
    const { url, end } = await start();
    const client = new WebSocket(`${url.replace('http', 'ws')}ws`);
    await once(client, 'open');
    client.send('{"type":"AUTH","token":"Ada"}');
    const [data] = await once(client, 'message');
    expect(JSON.parse(String(data)).payload.connection).toMatch(/^[\w-]{22}$/);
    const closed = once(client, 'close');
    await end();
    await closed;
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'])(
    'at %s tells its clients to come back, and ends with exit code 0',
    async (signal) => {
      const { person, url, end } = await start();
      const client = new WebSocket(`${url.replace('http', 'ws')}ws`);
      await once(client, 'open');
      const closed = once(client, 'close');
      expect(await end(signal)).toBe(0);
      expect((await closed)[0]).toBe(1012);
      expect(person.seen).toContain(`${signal}: closing 1 connection.`);
      expect(person.signals.eventNames()).toEqual([]);
    },
  );

  test('does not wait for connections on which nothing is asked', async () => {
    const { url, end } = await start();
    const agent = new Agent({ keepAlive: true });
    const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
    const { socket } = response.resume();
    await once(response, 'end');
    const closed = once(socket, 'close');
    const began = performance.now();
    expect(await end()).toBe(0);
    await closed;
    // A browser keeps such a connection open for minutes, and node:http for five seconds.
    expect(performance.now() - began).toBeLessThan(4_000);
    agent.destroy();
  });

  test('at a second signal does not wait for who does not answer', async () => {
    const { person, url, ended } = await start();
    const { port } = new URL(url);
    // A client that says Upgrade and then nothing more: it will never answer a Close.
    const deaf = connect(Number(port), '127.0.0.1');
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    deaf.write(
      `GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    deaf.on('error', () => {});
    await once(deaf, 'data');
    const gone = once(deaf, 'close');
    const began = performance.now();
    person.signals.emit('SIGINT');
    person.signals.emit('SIGINT');
    expect(await ended).toBe(0);
    // After one signal it would have ten seconds.
    expect(performance.now() - began).toBeLessThan(4_000);
    deaf.destroy();
    await gone;
  });

  test.each([
    ['silent', /^$/, /^$/],
    ['error', /^$/, /^$/],
    ['info', /listens/, /^(?!.*connection is open)/s],
    ['debug', /a connection is open/, /a connection is closed, code 1000/],
  ])('at --log-level %s says as much as it should', async (level, first, second) => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const person = new Person();
    const ended = serve({ ...options('--log-level', level), port }, person);
    const client = await openSoon(`ws://127.0.0.1:${port}/ws`);
    client.close(1000);
    await once(client, 'close');
    person.signals.emit('SIGTERM');
    await ended;
    expect(person.seen).toMatch(first);
    expect(person.seen).toMatch(second);
    expect(person.heard).toBe('');
  });
});

/** Connects as soon as the server listens: a silent one does not say when. */
async function openSoon(url: string): Promise<WebSocket> {
  for (;;) {
    const client = new WebSocket(url);
    const opened = await new Promise<boolean>((resolve) => {
      client.on('open', () => resolve(true));
      client.on('error', () => resolve(false));
    });
    if (opened) return client;
  }
}

describe('what keeps it from starting is one line and exit code 1', () => {
  test('a port in use', async () => {
    const { url, end } = await start();
    const { port } = new URL(url);
    await expectOneLine(
      `port ${port} of 127.0.0.1 is in use: choose another with --port, or 0 for any free one`,
      '--port',
      port,
    );
    await end();
  });

  test('an address that others can reach', async () => {
    await expectOneLine(/host must be a loopback address such as 127\.0\.0\.1/, '--host', '0.0.0.0');
  });

  test('a secret that is too short', async () => {
    await expectOneLine('secret must have at least 32 bytes for HS256 (RFC 7518 §3.2)', '--jwt-secret', 'short');
  });

  test('an origin that is none', async () => {
    await expectOneLine(
      /expected an origin such as https:\/\/example\.com, got "nonsense"/,
      '--allow-origin',
      'nonsense',
    );
  });

  test('a proxy that is no address', async () => {
    await expectOneLine(/expected an address or a CIDR block .* got 10\.0\.0\.0\/99/, '--trust-proxy', '10.0.0.0/99');
  });

  test('a certificate that is not there', async () => {
    await expectOneLine(
      /^sluice: --tls-cert no\.pem cannot be read: ENOENT/,
      '--tls-cert',
      'no.pem',
      '--tls-key',
      'no.pem',
    );
  });
});

describeWith(openssl, 'certificates', (program) => {
  let folder: string;
  const path = (name: string): string => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
    const { key, cert } = localCertificate(program);
    writeFileSync(path('cert.pem'), cert);
    writeFileSync(path('key.pem'), key);
    writeFileSync(path('other-key.pem'), localCertificate(program).key);
    writeFileSync(path('text.pem'), 'This is no certificate.\nNor a key.\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('that are good serve https: and wss:', async () => {
    const { url, end } = await start('--tls-cert', path('cert.pem'), '--tls-key', path('key.pem'));
    expect(url).toMatch(/^https:/);
    const trusting = { rejectUnauthorized: false, agent: false };
    const [response] = (await once(getSecurely(url, trusting), 'response')) as [IncomingMessage];
    expect(response.resume().statusCode).toBe(200);
    await once(response, 'close');
    const client = new WebSocket(`${url.replace('https', 'wss')}ws`, { rejectUnauthorized: false });
    await once(client, 'open');
    // The looking glass shows what is inside of TLS.
    client.send('{"type":"AUTH","token":"Ada"}');
    const [answer] = await once(client, 'message');
    const { connection } = JSON.parse(String(answer)).payload;
    const watcher = new WebSocket(`${url.replace('https', 'wss')}inspect?connection=${connection}`, {
      rejectUnauthorized: false,
    });
    const entry = await new Promise((resolve) => {
      watcher.on('message', (message) => {
        const shown = JSON.parse(String(message));
        if (shown.type === 'ENTRY') resolve(shown);
      });
    });
    expect(entry).toMatchObject({ title: 'GET /ws' });
    const closed = once(client, 'close');
    expect(await end()).toBe(0);
    expect((await closed)[0]).toBe(1012);
  });

  test.each([
    ['text.pem', 'key.pem', /--tls-cert .*text\.pem is no certificate in PEM/],
    ['cert.pem', 'text.pem', /--tls-key .*text\.pem is no private key in PEM/],
    ['cert.pem', 'other-key.pem', /--tls-key .*other-key\.pem is not the key of --tls-cert .*cert\.pem/],
    ['cert.pem', 'missing.pem', /--tls-key .*missing\.pem cannot be read: ENOENT/],
  ])('%s with %s is one line and exit code 1', async (cert, key, line) => {
    await expectOneLine(line, '--tls-cert', path(cert), '--tls-key', path(key));
  });
});

describe('what the system says is put into words', () => {
  test.each([
    ['EADDRINUSE', 'port 0 of 127.0.0.1 is in use: choose another with --port, or 0 for any free one'],
    ['EACCES', 'port 0 of 127.0.0.1 is not allowed to you: choose one from 1024 on with --port'],
    ['EADDRNOTAVAIL', '127.0.0.1 is no address of this machine'],
    ['EMFILE', 'what the system said'],
  ])('%s', (code, text) => {
    expect(explain(Object.assign(new Error('what the system said'), { code }), options())).toBe(text);
  });
});
