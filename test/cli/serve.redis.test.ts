// Two instances, started as anybody would start them, over a real Redis: one room.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { serve } from '../../src/cli/serve.ts';
import { describeWith, redis } from '../interop/programs.ts';
import { RedisServer } from '../redis/redis-server.ts';
import { Person } from './person.ts';

async function ask(url: URL, method = 'GET', body?: string) {
  const headers = { 'Content-Type': 'application/json' };
  const asked = request(url, { method, headers, agent: false });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, json: JSON.parse(await text(response)) };
}

/** Starts an instance. */
async function start(url: string) {
  const person = new Person();
  const command = readCommandLine(['serve', '--port', '0', '--redis-prefix', 'test'], { REDIS_URL: url });
  if (command.name !== 'serve') throw new Error(JSON.stringify(command));
  const ended = serve(command.options, person);
  const [place] = await person.sees(/http:\/\/127\.0\.0\.1:\d+\//);
  const to = (path: string): URL => new URL(path, place);
  const health = async (status: string): Promise<void> => {
    while ((await ask(to('/health'))).json.status !== status);
  };
  return { person, ended, to, health };
}

describeWith(redis, 'sluice serve --redis', (path) => {
  test('shares its rooms with other instances, says when Redis is lost, and ends with exit code 0', async () => {
    const server = await RedisServer.start(path);
    onTestFinished(() => server.stop());
    const instances = [];
    for (let count = 0; count < 2; count++) instances.push(await start(`redis://127.0.0.1:${server.port}`));
    const [one, two] = instances as [Awaited<ReturnType<typeof start>>, Awaited<ReturnType<typeof start>>];
    await one.health('ok');
    await two.health('ok');

    const { cursor } = (await ask(one.to('/api/poll?room=lobby&name=Ada'))).json;
    const held = ask(one.to(`/api/poll?room=lobby&name=Ada&since=${cursor}`));
    const said = JSON.stringify({ content: 'one', ref: 1, key: 'client' });
    const { id } = (await ask(two.to('/api/publish?room=lobby&name=Grace'), 'POST', said)).json;
    expect((await held).json.messages).toEqual([
      { type: 'MESSAGE', content: 'one', from: 'Grace', roomId: 'lobby', id },
    ]);
    // Again, to the other instance: said once.
    expect((await ask(one.to('/api/publish?room=lobby&name=Grace'), 'POST', said)).json).toEqual({ id });
    expect(await server.ask('--scan', '--pattern', 'test:*')).not.toBe('');

    await server.kill();
    await one.health('degraded');
    expect(one.person.heard).toContain('the broker cannot be reached\n');
    await server.restart();
    await one.health('ok');
    expect(one.person.seen).toContain('the broker can be reached\n');
    for (const { person } of instances) person.signals.emit('SIGTERM');
    expect(await Promise.all(instances.map(({ ended }) => ended))).toEqual([0, 0]);
  }, 60_000);
});
