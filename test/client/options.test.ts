// The options of a client: their defaults, and that a wrong one is named.
import { describe, expect, test } from 'vitest';
import { nextMaskingKey } from '../../src/client/masking.ts';
import { type ClientOptions, readClientOptions } from '../../src/client/options.ts';

// RFC 6455 §7.1.7(f), §7.2.1(c), §7.3(a)
test('the defaults are safe, and offer compression', () => {
  const settings = readClientOptions({});
  expect(settings).toMatchObject({
    headers: {},
    auth: undefined,
    handshakeTimeout: 10_000,
    timeout: 0,
    followRedirects: false,
    maxRedirects: 10,
    agent: undefined,
    socketPath: undefined,
  });
  expect(settings.deflate).toMatchObject({ threshold: 1024, concurrencyLimit: 10 });
  expect(settings.endpoint).toMatchObject({
    isServer: false,
    nextMaskingKey,
    autoPong: true,
    validateText: true,
    maxPayload: 1_048_576,
    heartbeatInterval: 0,
    threshold: 1024,
  });
});

test('null stands for nothing, where `ws` takes it so', () => {
  const nothing = {
    headers: null,
    origin: null,
    auth: null,
    signal: null,
    agent: null,
    finishRequest: null,
    createConnection: null,
    socketPath: null,
    perMessageDeflate: null,
  } as unknown as ClientOptions;
  expect(readClientOptions(nothing)).toMatchObject({
    headers: {},
    auth: undefined,
    signal: undefined,
    agent: undefined,
    finishRequest: undefined,
    createConnection: undefined,
    socketPath: undefined,
    deflate: undefined,
  });
});

test.each([
  [true, 1024],
  [undefined, 1024],
  [{ threshold: 5 }, 5],
])('perMessageDeflate: %j is offered', (perMessageDeflate, threshold) => {
  const settings = readClientOptions({ perMessageDeflate });
  expect(settings.deflate?.threshold).toBe(threshold);
  expect(settings.endpoint.threshold).toBe(threshold);
});

test('perMessageDeflate: false is not offered', () => {
  expect(readClientOptions({ perMessageDeflate: false }).deflate).toBeUndefined();
});

test('origin is a header like others, and cannot be given twice', () => {
  expect(readClientOptions({ origin: 'https://a.example', headers: { 'X-A': '1' } }).headers).toEqual({
    'X-A': '1',
    Origin: 'https://a.example',
  });
  expect(() => readClientOptions({ origin: 'a', headers: { oRIGIN: 'b' } })).toThrow(/given twice/);
});

test('generateMask gives the keys', () => {
  const { endpoint } = readClientOptions({ generateMask: (mask) => mask.fill(1) });
  expect(endpoint.nextMaskingKey?.()).toBe(0x01010101);
});

describe('a wrong option is named at once:', () => {
  test.each<[string, object]>([
    ['auth', { auth: 1 }],
    ['origin', { origin: 1 }],
    ['headers', { headers: 'X-A: 1' }],
    ['headers', { headers: ['X-A', '1'] }],
    ['headers', { headers: new Headers({ a: 'b' }) }],
    ['headers', { headers: new Map() }],
    ['finishRequest', { finishRequest: true }],
    ['createConnection', { createConnection: {} }],
    ['generateMask', { generateMask: 1 }],
    ['socketPath', { socketPath: 1 }],
    ['followRedirects', { followRedirects: 1 }],
    ['maxRedirects', { maxRedirects: '1' }],
    ['handshakeTimeout', { handshakeTimeout: '1' }],
    ['timeout', { timeout: '1' }],
    ['signal', { signal: {} }],
    ['perMessageDeflate', { perMessageDeflate: 1 }],
    ['maxPayload', { maxPayload: '1' }],
  ])('%s %#', (name, options) => {
    expect(() => readClientOptions(options as ClientOptions)).toThrow(TypeError);
    expect(() => readClientOptions(options as ClientOptions)).toThrow(name);
  });

  test.each<[string, ClientOptions]>([
    ['maxRedirects', { maxRedirects: -1 }],
    ['handshakeTimeout', { handshakeTimeout: -1 }],
    ['timeout', { timeout: -1 }],
    ['threshold', { perMessageDeflate: { threshold: -1 } }],
    ['serverMaxWindowBits', { perMessageDeflate: { serverMaxWindowBits: 7 } }],
  ])('%s %#', (name, options) => {
    expect(() => readClientOptions(options)).toThrow(RangeError);
    expect(() => readClientOptions(options)).toThrow(name);
  });

  test.each([8, 0, 12, 14, '13'])('protocolVersion %j, and why', (protocolVersion) => {
    const options = { protocolVersion } as ClientOptions;
    expect(() => readClientOptions(options)).toThrow(RangeError);
    expect(() => readClientOptions(options)).toThrow(/drafts of RFC 6455/);
    expect(() => readClientOptions({ protocolVersion: 13 })).not.toThrow();
  });
});
