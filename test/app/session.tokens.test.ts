import { afterEach, describe, expect, test } from 'vitest';
import { type App, type AppOptions, createWebSocketServer } from '../../src/app/index.ts';
import { jwtAuthenticator } from '../../src/jwt/index.ts';
import { claims, hs256, SECRET, seconds } from '../jwt/tokens.ts';
import { GuestClient } from './guest-client.ts';

const apps: App[] = [];

async function start(options: AppOptions = {}): Promise<App> {
  const app = await createWebSocketServer(0, options);
  apps.push(app);
  return app;
}

afterEach(async () => {
  for (const app of apps.splice(0)) await app.shutdown({ timeout: 0 });
});

describe('where a token is asked for', () => {
  const authenticate = jwtAuthenticator({ secret: SECRET, algorithms: ['HS256'], issuer: null, audience: null });
  const auth = (token: string): object => ({ type: 'AUTH', token });

  test('it says who somebody is, and everything else is as ever', async () => {
    const app = await start({ authenticate });
    const alice = await GuestClient.connect(app);
    alice.send(auth(hs256(claims())));
    alice.send({ type: 'JOIN_ROOM', roomId: 'lobby' });
    alice.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one' });
    expect(await alice.find({ type: 'AUTH_OK' })).toEqual({ type: 'AUTH_OK', payload: { userId: 'alice' } });
    expect(await alice.find({ type: 'MESSAGE' })).toMatchObject({ from: 'alice' });
    alice.send(auth(hs256(claims({ sub: 'bob' }))));
    expect(await alice.find({ type: 'ERROR' })).toMatchObject({
      code: 'ALREADY_AUTHENTICATED',
      message: 'you are alice',
    });
  });

  test.each([
    ['a name', 'alice', 'authentication failed'],
    ['a token that is over', hs256(claims({ exp: seconds(-1) })), 'token expired'],
    ['a token of somebody else', hs256(claims(), { alg: 'HS256' }, 'x'.repeat(40)), 'authentication failed'],
  ])('%s ends the connection with 4001', async (_, token, reason) => {
    const client = await GuestClient.connect(await start({ authenticate }));
    client.send(auth(token));
    expect(await client.closed()).toEqual([4001, reason]);
  });

  test('its end is the end of the connection', async () => {
    const client = await GuestClient.connect(await start({ authenticate }));
    client.send(auth(hs256(claims({ exp: Date.now() / 1_000 + 0.5 }))));
    expect(await client.closed()).toEqual([4001, 'token expired']);
    expect(client.told).toEqual(['AUTH_OK']);
  });

  test('ten bad ones in a minute are enough, and guests are not counted', async () => {
    const app = await start({ authenticate });
    for (let count = 0; count < 10; count++) {
      const client = await GuestClient.connect(app);
      client.send(auth('bad'));
      expect((await client.closed())[0]).toBe(4001);
    }
    await expect(GuestClient.connect(app)).rejects.toThrow('429');
    expect(app.addressCounts.failures).toBe(1);
    expect((await start()).addressCounts.failures).toBe(0);
  });
});
