import { describe, expect, test } from 'vitest';
import { poll, type ResilientWebSocketOptions, sse, type Transport, websocket } from '../../src/resilient/index.ts';
import { ResilientDefaults, readOptions } from '../../src/resilient/options.ts';
import { hostPlatform } from '../../src/resilient/platform.ts';

const URL_ = 'ws://localhost/ws';

test('has its defaults', () => {
  expect(readOptions(URL_, {})).toMatchObject({
    ...ResilientDefaults,
    url: URL_,
    protocols: [],
    transports: [websocket],
    overflow: 'drop-newest',
    platform: hostPlatform,
    pingMessage: undefined,
  });
});

test('speaks sluice.v1 with a token or a name', () => {
  for (const options of [{ token: 'secret' }, { name: 'Ada' }, { token: () => 'secret' }]) {
    expect(readOptions(URL_, options)).toMatchObject({
      protocols: ['sluice.v1'],
      pingMessage: '{"type":"PING","ref":"ping"}',
    });
  }
  expect(readOptions(URL_, { name: 'Ada', protocols: 'mine', pingMessage: 'hey' })).toMatchObject({
    protocols: ['mine'],
    pingMessage: 'hey',
  });
});

describe('is refused by name', () => {
  test.each(Object.keys(ResilientDefaults))('%s', (name) => {
    for (const value of [-1, Number.NaN, 'soon']) {
      expect(() => readOptions(URL_, { [name]: value } as ResilientWebSocketOptions)).toThrow(RangeError);
      expect(() => readOptions(URL_, { [name]: value } as ResilientWebSocketOptions)).toThrow(name);
    }
    expect(readOptions(URL_, { [name]: 0 })).toMatchObject({ [name]: 0 });
  });

  test('a jitter of more than all', () => {
    expect(() => readOptions(URL_, { jitter: 1.1 })).toThrow('jitter');
  });

  test('transports that are none, or that need a name', () => {
    const wrong: (readonly Transport[])[] = [[], ['sse' as unknown as Transport], [sse], [websocket, poll]];
    for (const transports of wrong) expect(() => readOptions(URL_, { transports })).toThrow(TypeError);
    expect(readOptions(URL_, { transports: [websocket, sse, poll], name: 'Ada' }).transports).toHaveLength(3);
  });
});

test('endless attempts are allowed', () => {
  expect(readOptions(URL_, { maxAttempts: Number.POSITIVE_INFINITY }).maxAttempts).toBe(Number.POSITIVE_INFINITY);
});
