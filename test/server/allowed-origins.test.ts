import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OriginGate } from '../../src/server/allowed-origins.ts';

describe('without a list', () => {
  const gate = new OriginGate();

  it.each([
    ['http://example.com', 'example.com'],
    ['https://example.com', 'example.com'],
    ['https://example.com', 'example.com:443'],
    ['http://example.com:8080', 'example.com:8080'],
    ['http://EXAMPLE.com', 'example.COM'],
    ['http://[::1]:8080', '[::1]:8080'],
    ['http://127.0.0.1', '127.0.0.1'],
  ])('lets a page of %s connect to %s', (origin, host) => {
    expect(gate.admits(origin, host)).toBe(true);
  });

  // RFC 6455 §10.2(a)
  it.each([
    ['http://evil.example', 'example.com'],
    ['http://sub.example.com', 'example.com'],
    ['http://example.com.evil.example', 'example.com'],
    ['http://evilexample.com', 'example.com'],
    ['http://example.com:8080', 'example.com'],
    ['http://example.com', 'example.com:8080'],
    ['http://example.com.', 'example.com'],
    ['null', 'example.com'],
    ['', 'example.com'],
    ['example.com', 'example.com'],
    ['http://user@example.com', 'example.com'],
    ['http:example.com', 'example.com'],
    ['http:///example.com', 'example.com'],
    ['http://ex%61mple.com', 'example.com'],
    [' http://example.com', 'example.com'],
    ['http://example.com/', 'example.com'],
    ['http://example.com/path', 'example.com'],
    ['http://example.com?', 'example.com'],
    ['http://example.com#', 'example.com'],
    ['http://example.com\\@evil', 'example.com'],
    ['http://example.com, http://example.com', 'example.com'],
    [`http://${'a'.repeat(8_192)}.example`, 'example.com'],
  ])('keeps a page of %s from connecting to %s', (origin, host) => {
    expect(gate.admits(origin, host)).toBe(false);
  });

  // RFC 6455 §4.2.1(h)
  it('lets in who is no browser and so has no origin', () => {
    expect(gate.admits(undefined, 'example.com')).toBe(true);
  });
});

describe('with a list', () => {
  const gate = new OriginGate(['https://app.example', 'http://localhost:3000']);

  it.each(['https://app.example', 'https://app.example:443', 'https://APP.example', 'http://localhost:3000'])(
    'lets %s in, wherever it connects to',
    (origin) => {
      expect(gate.admits(origin, 'elsewhere.example')).toBe(true);
    },
  );

  it.each([
    'http://app.example',
    'wss://app.example',
    'https://app.example:444',
    'https://app.example.',
    'https://app.example.evil.example',
    'https://app.example@evil.example',
    'https://evil.example@app.example',
    'https://app.example/',
    'https://app.example/path',
    'https://app.example, https://app.example',
    'https://[::1]',
    'https://[::1]:3000',
    ' https://app.example',
    '',
    `https://${'a'.repeat(8_192)}.example`,
    'https://evilapp.example',
    'https://sub.app.example',
    'http://localhost',
    'http://localhost:3001',
    'null',
    'https://elsewhere.example',
  ])('keeps %s out', (origin) => {
    expect(gate.admits(origin, 'elsewhere.example')).toBe(false);
  });

  it('lets in who is no browser and so has no origin', () => {
    expect(gate.admits(undefined, 'elsewhere.example')).toBe(true);
  });

  it('tells IPv6 addresses and their ports apart', () => {
    const local = new OriginGate(['http://[::1]:3000']);
    expect(local.admits('http://[0:0:0:0:0:0:0:1]:3000', 'a')).toBe(true);
    expect(local.admits('http://[::1]', 'a')).toBe(false);
    expect(local.admits('http://[::2]:3000', 'a')).toBe(false);
  });

  it('lets pages without an origin in when null is listed', () => {
    expect(new OriginGate(['null']).admits('null', 'example.com')).toBe(true);
  });
});

describe('OriginGate', () => {
  it('lets every page in with *', () => {
    expect(new OriginGate('*').admits('null', 'example.com')).toBe(true);
  });

  it.each(['everybody', 'https://app.example'])('refuses %j, which is neither a rule nor a list', (allowed) => {
    expect(() => new OriginGate(allowed as never)).toThrow(TypeError);
  });

  it.each(['app.example', 'https://app.example/', 'https://*.example', '', 7])('refuses a list with %j', (entry) => {
    expect(() => new OriginGate([entry as string])).toThrow(/allowedOrigins: expected an origin/);
  });

  it('never throws on what a client says', () => {
    const gates = [new OriginGate(), new OriginGate(['https://app.example'])];
    // A field has one character for each octet.
    const octets = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(fc.oneof(octets, fc.webUrl()), octets, (origin, host) => {
        for (const gate of gates) expect(typeof gate.admits(origin, host)).toBe('boolean');
      }),
    );
  });
});
