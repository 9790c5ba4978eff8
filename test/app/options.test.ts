import { describe, expect, test } from 'vitest';
import { createWebSocketServer } from '../../src/app/index.ts';
import { isLoopback, readAppOptions } from '../../src/app/options.ts';
import { MemoryBroker } from '../../src/rooms/index.ts';

describe('only this machine can reach', () => {
  test.each(['127.0.0.1', '127.255.0.3', '::1', '[::1]', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'])(
    '%s',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );
});

describe('others may reach', () => {
  test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'example.com', 'localhost.example.com', '127.0.0.1.nip.io', ''])(
    '%j',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

test('the defaults listen on loopback and admit pages of the same host', () => {
  expect(readAppOptions({})).toEqual({
    authenticate: expect.any(Function),
    isOpen: true,
    host: '127.0.0.1',
    allowedOrigins: 'same-host',
    history: 1_000,
    authTimeout: 5_000,
    maxRoomsPerConnection: 50,
    rate: { perSecond: 20, burst: 100 },
  });
});

test('what is said is kept', () => {
  const options = {
    host: '::1',
    history: 5,
    authTimeout: 10,
    maxRoomsPerConnection: 1,
    rate: { perSecond: 1, burst: 1 },
  };
  expect(readAppOptions(options)).toMatchObject(options);
});

test.each(['0.0.0.0', 'example.com'])('while everybody is a guest, %s is not listened on', (host) => {
  expect(() => readAppOptions({ host })).toThrow(RangeError);
  expect(() => readAppOptions({ host })).toThrow(/loopback/);
});

test('where clients prove who they are, the server listens anywhere, and bad proofs are counted', () => {
  const authenticate = (): undefined => undefined;
  expect(readAppOptions({ host: '0.0.0.0', authenticate })).toMatchObject({
    host: '0.0.0.0',
    authenticate: expect.any(Function),
    isOpen: false,
    maxFailedAuthenticationsPerIp: { limit: 10, interval: 60_000 },
  });
});

test('nobody has no time to say who he is', () => {
  expect(() => readAppOptions({ authTimeout: 0 })).toThrow(/authTimeout must be more than 0/);
});

test.each(['history', 'authTimeout', 'maxRoomsPerConnection'])('%s is a whole number', (name) => {
  for (const value of [-1, 1.5, Number.NaN, '1' as unknown as number]) {
    expect(() => readAppOptions({ [name]: value })).toThrow(new RegExp(`${name} must be a whole number`));
  }
});

test('a broker that is given has a history of its own', () => {
  const broker = new MemoryBroker();
  expect(readAppOptions({ broker })).toMatchObject({ broker });
  expect(() => readAppOptions({ broker, history: 5 })).toThrow(TypeError);
});

test.each(['history', 'maxRoomsPerConnection'])('%s is more than 0', (name) => {
  expect(() => readAppOptions({ [name]: 0 })).toThrow(`${name} must be more than 0`);
});

test('authorize is a function', async () => {
  await expect(createWebSocketServer(0, { authorize: 'everybody' as never })).rejects.toThrow(TypeError);
});
