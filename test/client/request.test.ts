// The request of an opening handshake while the application may change it: RFC 6455 §4.1, RFC 9110 §5.
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/client/address.ts';
import { type HandshakeOffer, HandshakeRequest, type HeaderValue } from '../../src/client/request.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const bare: HandshakeOffer = { key: KEY, protocols: [], extensions: '' };

class Owner {
  readonly texts: string[] = [];
  readonly reasons: (Error | undefined)[] = [];

  onRequestEnd(text: string): void {
    this.texts.push(text);
  }

  onRequestDestroy(error: Error | undefined): void {
    this.reasons.push(error);
  }
}

function requestOf(
  headers: Readonly<Record<string, HeaderValue>> = {},
  offer: Partial<HandshakeOffer> = {},
  url = 'ws://example.com:81/a?b',
): { request: HandshakeRequest; owner: Owner } {
  const owner = new Owner();
  const request = new HandshakeRequest(parseAddress(url), { ...bare, ...offer }, Object.entries(headers), owner);
  return { request, owner };
}

/** The lines that would be sent. */
function sent({ request, owner }: { request: HandshakeRequest; owner: Owner }): string[] {
  request.end();
  return (owner.texts[0] as string).split('\r\n');
}

describe('a request', () => {
  test('is complete with what the handshake itself says', () => {
    const made = requestOf({}, { protocols: ['a', 'b'], extensions: 'permessage-deflate' });
    expect(sent(made)).toEqual([
      'GET /a?b HTTP/1.1',
      'Host: example.com:81',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${KEY}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: a, b',
      'Sec-WebSocket-Extensions: permessage-deflate',
      '',
      '',
    ]);
  });

  test('tells where it goes', () => {
    const { request } = requestOf();
    expect(request).toMatchObject({
      method: 'GET',
      host: 'example.com',
      path: '/a?b',
      protocol: 'http:',
      socket: null,
    });
    expect(requestOf({}, {}, 'wss://[::1]/').request).toMatchObject({ host: '::1', protocol: 'https:' });
  });

  test.each([
    [{ Host: 'a', host: 'b' }, /given twice/],
    [{ 'X-A': '1', 'x-a': '2' }, /given twice/],
    [{ 'X-A': 'a\r\nX-B: b' }, /X-A/],
    [{ 'X-A': 'a\0' }, /X-A/],
    [{ 'X-A': '\u010a' }, /U\+010A/],
    [{ 'X-A': '\u560a' }, /U\+560A/],
    [{ 'X-A\r\nX-B': 'a' }, /token/],
    [{ Host: 'a b' }, /host/],
    [{ Host: 'a\nb' }, /Host/],
    [{ Cookie: ['a=1', 'b=2\r\n'] }, /Cookie/],
    [{ 'Content-Length': '5' }, /Content-Length/],
    [{ 'transfer-encoding': 'chunked' }, /transfer-encoding/],
    [{ 'Sec-WebSocket-Protocol': 'a' }, /give protocols instead/],
    [{ 'X-A': undefined as unknown as string }, /must be a string/],
    [{ 'X-A': null as unknown as string }, /must be a string/],
  ])('with %j is a TypeError before anything is sent', (headers, message) => {
    expect(() => requestOf(headers)).toThrow(TypeError);
    expect(() => requestOf(headers)).toThrow(message);
  });

  test.each([['a b'], [''], ['a', 'a'], ['a\r\nb']])('with the subprotocol %j is a SyntaxError', (...protocols) => {
    expect(() => requestOf({}, { protocols })).toThrow(SyntaxError);
  });

  test('ignores what the handshake writes itself, as it comes from a client of a proxy', () => {
    const headers = {
      host: 'other.example',
      connection: 'keep-alive, Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'sec-websocket-version': '13',
      'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
      'sec-websocket-protocol': 'x',
      'user-agent': 'somebody',
    };
    const lines = sent(requestOf(headers, { protocols: ['a'] }));
    expect(lines).toEqual([
      'GET /a?b HTTP/1.1',
      'Host: other.example',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${KEY}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: a',
      'user-agent: somebody',
      '',
      '',
    ]);
  });

  test('sends all cookies in one line (RFC 6265 §5.4), and of other headers a line for each value', () => {
    const lines = sent(requestOf({ Cookie: ['a=1', 'b=2'], 'X-A': ['1', '2'], 'X-B': 3 }));
    expect(lines).toEqual(expect.arrayContaining(['Cookie: a=1; b=2', 'X-A: 1', 'X-A: 2', 'X-B: 3']));
  });

  test('may have a header that is called like a property of objects', () => {
    const made = requestOf(JSON.parse('{"__proto__": "a", "constructor": "b"}'));
    expect(made.request.getHeader('__proto__')).toBe('a');
    expect(sent(made)).toEqual(expect.arrayContaining(['__proto__: a', 'constructor: b']));
  });
});

describe('headers', () => {
  test('are read in whatever case, those of the handshake too', () => {
    const { request } = requestOf({ 'X-A': '1' }, { protocols: ['a'], extensions: 'e' });
    expect(request.getHeader('x-a')).toBe('1');
    expect(request.getHeader('HOST')).toBe('example.com:81');
    expect(request.getHeader('sec-websocket-version')).toBe(13);
    expect(request.getHeader('x-b')).toBeUndefined();
    expect([request.hasHeader('X-a'), request.hasHeader('x-b')]).toEqual([true, false]);
    expect({ ...request.getHeaders() }).toEqual({
      host: 'example.com:81',
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-key': KEY,
      'sec-websocket-version': 13,
      'sec-websocket-protocol': 'a',
      'sec-websocket-extensions': 'e',
      'x-a': '1',
    });
    expect(Object.getPrototypeOf(request.getHeaders())).toBeNull();
    expect(request.getHeaderNames()).toHaveLength(8);
  });

  test('are set, replaced and removed until the end', () => {
    const made = requestOf({ 'X-A': '1', Host: 'a' });
    made.request.setHeader('x-a', '2').setHeader('X-B', ['3', '4']);
    made.request.removeHeader('HOST');
    expect(made.request.getHeader('host')).toBe('example.com:81');
    const lines = sent(made);
    expect(lines).toEqual(expect.arrayContaining(['Host: example.com:81', 'x-a: 2', 'X-B: 3', 'X-B: 4']));
    expect(lines.filter((line) => /^x-a/i.test(line))).toEqual(['x-a: 2']);
    const thrown = expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' });
    expect(() => made.request.setHeader('X-C', '5')).toThrow(thrown);
    expect(() => made.request.removeHeader('X-B')).toThrow(thrown);
  });

  test.each([
    ['Sec-WebSocket-Key', KEY],
    ['Connection', 'close'],
    ['Content-Length', '1'],
    ['X A', '1'],
    ['X-A', '1\r\n'],
  ])('%s: %j cannot be set', (name, value) => {
    expect(() => requestOf().request.setHeader(name, value)).toThrow(TypeError);
  });
});

describe('the end of a request', () => {
  test('comes once', () => {
    const { request, owner } = requestOf();
    expect(request.writableEnded).toBe(false);
    expect(request.end().end()).toBe(request);
    expect(request.writableEnded).toBe(true);
    expect(owner.texts).toHaveLength(1);
  });

  test('calls back when the request has been written', () => {
    const { request } = requestOf();
    let finished = false;
    request.end(() => {
      finished = true;
    });
    expect(finished).toBe(false);
    request.emit('finish');
    expect(finished).toBe(true);
  });

  test('takes no body', () => {
    expect(() => requestOf().request.end('body' as unknown as () => void)).toThrow(/no body/);
  });

  test('as an abort comes once, with its reason, and nothing is sent any more', () => {
    const { request, owner } = requestOf();
    const reason = new Error('enough');
    expect(request.destroy(reason)).toBe(request);
    request.abort();
    request.end();
    expect(request.destroyed).toBe(true);
    expect(owner).toMatchObject({ reasons: [reason], texts: [] });
  });
});
