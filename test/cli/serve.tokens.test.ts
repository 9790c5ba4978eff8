// A token in every place where a client can put one, right and wrong: the log says everything, and never that.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { serve } from '../../src/cli/serve.ts';
import { claims, hs256, SECRET } from '../jwt/tokens.ts';
import { Person } from './person.ts';

const GOOD = hs256(claims());
const BAD = hs256(claims(), { alg: 'HS256' }, 'x'.repeat(40));
const PATHS = ['/', '/ws', '/inspect', '/health', '/metrics', '/api/stream', '/api/poll', '/api/publish', '/nothing'];

async function ask(url: string, path: string, method: string, headers: Record<string, string>, body: string) {
  const asked = request(new URL(path, url), { method, headers, agent: false });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const closed = once(response, 'close');
  // An event stream has no end.
  response.destroy();
  await closed;
}

/** Says something as the first message, and hears what becomes of it. */
async function connect(url: string, path: string, message: string): Promise<void> {
  const client = new WebSocket(new URL(path, url.replace('http', 'ws')), { headers: { 'X-Token': GOOD } });
  const over = new Promise<void>((resolve) => {
    client.on('error', () => resolve());
    client.on('close', () => resolve());
    client.on('message', () => client.close());
  });
  client.on('open', () => client.send(message));
  await over;
}

describe('the log never holds a token', () => {
  test.each(['text', 'json'])('as %s', async (format) => {
    const person = new Person();
    const flags = ['--port', '0', '--log-level', 'debug', '--log-format', format, '--jwt-secret', SECRET];
    const command = readCommandLine(['serve', ...flags, '--max-connections-per-ip', '0'], {});
    if (command.name !== 'serve') throw new Error(JSON.stringify(command));
    const ended = serve(command.options, person);
    const [url] = await person.sees(/http:\/\/127\.0\.0\.1:\d+\//);

    for (const [index, token] of [GOOD, BAD].entries()) {
      for (const path of PATHS) {
        for (const method of ['GET', 'POST']) {
          await ask(
            url,
            `${path}?room=lobby&token=${token}&name=${token}`,
            method,
            { Authorization: `Bearer ${token}` },
            token,
          );
        }
        await ask(url, `${path === '/' ? '' : path}/${token}`, 'GET', { Cookie: token, 'X-Token': token }, '');
        // A few bad ones, or nobody of this address would be heard.
        if (index === 0) await connect(url, `${path}?token=${token}`, JSON.stringify({ type: 'AUTH', token }));
      }
    }
    await connect(url, '/ws', JSON.stringify({ type: 'AUTH', token: BAD }));
    person.signals.emit('SIGTERM');
    expect(await ended).toBe(0);

    const log = person.seen + person.heard;
    expect(log).toContain('/api/stream');
    expect(log).toContain('other');
    expect(log).toMatch(/a connection is closed, code/);
    for (const secret of [GOOD, BAD, SECRET, ...GOOD.split('.'), ...BAD.split('.').slice(2)]) {
      expect(log).not.toContain(secret);
    }
    if (format === 'json') {
      for (const line of log.trimEnd().split('\n')) expect(Object.keys(JSON.parse(line))).toContain('message');
    }
  });
});
