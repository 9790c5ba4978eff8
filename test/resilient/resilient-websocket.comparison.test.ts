// The table of docs/resilience.md beside four other clients, as far as it is about coming back; and what stands behind its colons.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { clients, comesBack, connect, connected, delays, LONG, last, refuse, row, SECOND } from './comparison.ts';
import { FakeSocket, network, pass, SUBJECTS } from './others.ts';

describe('coming back', () => {
  row('jitter drawn for each attempt', async (name) => {
    const random = vi.spyOn(Math, 'random');
    const runs: number[][] = [];
    for (const chance of [0.15, 0.85]) {
      random.mockReturnValue(chance);
      runs.push(await delays(name, 30 * SECOND));
    }
    const [one, other] = runs as [number[], number[]];
    return one.slice(0, 3).join() !== other.slice(0, 3).join();
  });

  row('longest delay, by chance', async (name) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999_999);
    return `${Math.round(Math.max(...(await delays(name, LONG))) / SECOND)} s`;
  });

  row('attempts in a row, by default', async (name) => {
    const { length } = await delays(name, LONG);
    return length > 50 ? 'endless' : String(length);
  });

  row('attempts can be bounded', async (name) => {
    const bound = { maxAttempts: 2, maxRetries: 2, reconnectionAttempts: 2 };
    return (await delays(name, LONG, bound)).length <= 2;
  });

  row('an attempt is given up after', async (name) => {
    const client = connect(name);
    // What never opens.
    await pass(0);
    const [first] = FakeSocket.made as [FakeSocket];
    await pass(60 * SECOND);
    client.close();
    return `${Math.round(((first.closedAt ?? Number.POSITIVE_INFINITY) - first.madeAt) / SECOND)} s`;
  });

  row('a new URL for each attempt', async (name) => {
    let asked = 0;
    const url = (): string => `ws://localhost/ws?asked=${++asked}`;
    await delays(name, 30 * SECOND, { url }).catch(() => {});
    return new Set(FakeSocket.made.map(({ url: used }) => used)).size > 1;
  });

  row('a new token for each attempt', async (name) => {
    let asked = 0;
    const token = (): string => `token-${++asked}`;
    const auth = (tell: (data: object) => void): void => tell({ token: token() });
    await connected(name, name === 'socket.io-client' ? { auth } : { token, getToken: async () => token() }).catch(
      () => {},
    );
    last().end();
    await pass(30 * SECOND);
    const said = FakeSocket.made.map(({ sent }) => /token-\d+/.exec(sent.join())?.[0]);
    return said.every((each) => each !== undefined) && new Set(said).size > 1;
  });

  row('comes back as soon as the network does', async (name) => {
    await connected(name);
    FakeSocket.onMade = refuse;
    last().end();
    await pass(30 * SECOND);
    const { length } = FakeSocket.made;
    network.dispatchEvent(new Event('online'));
    await pass(1);
    return FakeSocket.made.length > length;
  });

  row('acts when the network goes', async (name) => {
    await connected(name);
    const { sent } = last();
    const { length } = sent;
    network.dispatchEvent(new Event('offline'));
    await pass(1);
    return sent.length > length || last().readyState !== 1;
  });

  row('notices a silent server', async (name) => {
    await connected(name);
    const heard = last().madeAt;
    const first = last();
    await pass(600 * SECOND);
    return first.closedAt === undefined ? 'no' : `after ${Math.round((first.closedAt - heard) / SECOND)} s`;
  });

  row('the server can send it away for good', async (name) => {
    await connected(name);
    SUBJECTS[name].sendAway(last());
    return !(await comesBack(120 * SECOND));
  });

  row('the application decides by the close code', async (name) => {
    // By itself each of them comes back after it.
    const only = ({ code }: { code: number }): boolean => code !== 4400;
    await connected(name, { shouldReconnect: only, shouldReconnectOnClose: only });
    last().end(4400, 'enough');
    return !(await comesBack(120 * SECOND));
  });

  row('the server says when to come again', async (name) => {
    await connected(name);
    last().end(1013, 'retry=60000');
    return !(await comesBack(59 * SECOND)) && (await comesBack(60 * SECOND));
  });
});

describe('what stands behind the colons', () => {
  test('reconnecting-websocket draws its jitter when it is loaded', () => {
    const source = readFileSync(join(ROOT, 'node_modules/reconnecting-websocket/reconnecting-websocket.ts'), 'utf8');
    expect(source).toContain('minReconnectionDelay: 1000 + Math.random() * 4000,');
    expect(source.split('Math.random')).toHaveLength(2);
  });

  test('centrifuge asks for another token when the server says that the last has expired', async () => {
    let asked = 0;
    FakeSocket.onMade = (socket) => {
      socket.open();
      socket.tell('{"id":1,"error":{"code":109,"message":"token expired"}}');
    };
    connect('centrifuge', { getToken: async () => `token-${++asked}` });
    await pass(30 * SECOND);
    expect(asked).toBeGreaterThan(1);
  });

  test('what is said over centrifuge while it is away times out', async () => {
    const client = connect('centrifuge');
    const refused = expect(client.say('something')).rejects.toMatchObject({ code: 1, message: 'timeout' });
    await pass(6 * SECOND);
    await refused;
  });

  test('sluice asks a silent server, the others wait for its pings', async () => {
    const asked: string[] = [];
    for (const name of ['sluice', 'centrifuge', 'socket.io-client'] as const) {
      FakeSocket.made = [];
      await connected(name);
      const { sent } = last();
      const { length } = sent;
      await pass(30 * SECOND);
      if (sent.length > length) asked.push(name);
      for (const client of clients.splice(0)) client.close();
    }
    expect(asked).toEqual(['sluice']);
  });

  test('socket.io-client repeats nothing without `retries`', async () => {
    const client = await connected('socket.io-client');
    client.say('remember me');
    last().end();
    await pass(30 * SECOND);
    expect(FakeSocket.made.map(({ sent }) => sent.join().includes('remember me'))).toEqual([true, false]);
  });
});
