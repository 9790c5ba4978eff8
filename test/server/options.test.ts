import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { readServerOptions, type ServerOptions } from '../../src/server/options.ts';

describe('the mode', () => {
  it.each([
    ['none', {}],
    ['port and noServer', { port: 0, noServer: true }],
    ['port and server', { port: 0, server: createServer() }],
    ['all three', { port: 0, server: createServer(), noServer: true }],
  ])('is one of port, server and noServer, not %s', (_case, options) => {
    expect(() => readServerOptions(options as ServerOptions)).toThrow(/exactly one of the options/);
  });
});

describe('a mistake', () => {
  it.each([
    [{ maxPayload: 'large' }, /maxPayload must be a number/],
    [{ maxPayload: -1 }, /maxPayload must not be negative/],
    [{ maxPayload: Number.NaN }, /maxPayload must be a number/],
    [{ handshakeTimeout: '10' }, /handshakeTimeout must be a number/],
    [{ maxConnectionsPerIp: -1 }, /maxConnectionsPerIp must not be negative/],
    [{ maxHandshakesPerIp: 10 }, /maxHandshakesPerIp must be \{ limit, interval \}, got 10/],
    [{ maxHandshakesPerIp: null }, /maxHandshakesPerIp must be \{ limit, interval \}, got null/],
    [{ maxHandshakesPerIp: { limit: 1 } }, /maxHandshakesPerIp must be \{ limit, interval \}: a whole number/],
    [{ maxHandshakesPerIp: { limit: 1.5, interval: 1 } }, /maxHandshakesPerIp/],
    [{ maxHandshakesPerIp: { limit: -1, interval: 1 } }, /maxHandshakesPerIp/],
    [{ maxFailedAuthenticationsPerIp: { limit: 1, interval: 0 } }, /maxFailedAuthenticationsPerIp/],
    [{ slowConsumer: 'wait' }, /slowConsumer must be/],
    [{ verifyClient: true }, /verifyClient must be a function/],
    [{ maxHeaderSize: 0 }, /maxHeaderSize must be a positive integer/],
    [{ maxHeadersCount: 1.5 }, /maxHeadersCount must be a positive integer/],
    [{ allowedOrigins: 7 }, /allowedOrigins must be an array/],
    [{ heartbeat: { timeout: 0 } }, /heartbeat.timeout must be more than 0/],
    [{ handleProtocols: 'chat' }, /handleProtocols must be a function/],
    [{ allowedOrigins: ['example.com'] }, /allowedOrigins/],
    [{ trustProxy: ['10.0.0.0/33'] }, /CIDR/],
    [{ perMessageDeflate: { threshold: -1 } }, /threshold/],
    [{ perMessageDeflate: { serverMaxWindowBits: 16 } }, /serverMaxWindowBits/],
  ])('in %o is thrown at once, and named', (options, message) => {
    expect(() => readServerOptions({ noServer: true, ...options } as ServerOptions)).toThrow(message);
  });

  it.each([{ tls: {} }, { fallback: () => {} }])('is %o without a port of its own', (options) => {
    expect(() => readServerOptions({ noServer: true, ...options })).toThrow(/go with port/);
  });
});

describe('the defaults', () => {
  const settings = readServerOptions({ noServer: true });

  it('are safe on the open internet', () => {
    expect(settings.endpoint).toMatchObject({
      maxPayload: 1_048_576,
      maxFragments: 65_536,
      messageTimeout: 30_000,
      closeTimeout: 30_000,
      writeTimeout: 60_000,
      heartbeatInterval: 30_000,
      heartbeatTimeout: 30_000,
      highWaterMark: 65_536,
      maxBufferedAmount: 4_194_304,
      slowConsumer: 'close',
      maxLifetime: 0,
      validateText: true,
      autoPong: true,
    });
    expect(settings.handshakeTimeout).toBe(10_000);
  });

  it('have no compression, no trusted proxies, and pages of the same host only', () => {
    expect(settings.deflate).toBeUndefined();
    expect(settings.trusted).toBeUndefined();
    expect(settings.origins.admits('https://evil.example', 'localhost')).toBe(false);
  });

  it('of permessage-deflate keep nothing of a connection', () => {
    const { deflate } = readServerOptions({ noServer: true, perMessageDeflate: true });
    expect(deflate).toMatchObject({ serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 1_024 });
  });

  it('take 0 for no limit', () => {
    const { endpoint } = readServerOptions({ noServer: true, maxFragments: 0, maxBufferedAmount: 0, heartbeat: false });
    expect(endpoint.maxFragments).toBe(Number.POSITIVE_INFINITY);
    expect(endpoint.maxBufferedAmount).toBe(Number.POSITIVE_INFINITY);
    expect(endpoint.heartbeatInterval).toBe(0);
  });
});
