// One connection, one request, one answer, against a socket in memory: what is read, in whatever pieces it comes, and that
// the socket is given back or handed over with nothing of ours left on it.
import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/client/address.ts';
import { Attempt, type AttemptListener } from '../../src/client/attempt.ts';
import { HandshakeResponse } from '../../src/client/response.ts';
import type { ResponseHead } from '../../src/http/index.ts';
import { cuttingsOf } from '../http/cuttings.ts';

/** The client's end of a connection that exists in this process only. */
class Wire extends Duplex {
  readonly written: string[] = [];
  readonly timeouts: number[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _: string, callback: () => void): void {
    this.written.push(chunk.toString('latin1'));
    callback();
  }

  setTimeout(timeout: number): void {
    this.timeouts.push(timeout);
  }
}

const EVENTS = ['data', 'end', 'error', 'close', 'timeout', 'connect', 'secureConnect'];

interface Told {
  readonly heads: [head: ResponseHead, rest: string][];
  readonly failures: [error: Error, ourFault: boolean][];
}

/** An attempt over a wire, past the turn in which the socket is announced. */
async function attemptOver(wire: Wire, timeout = 0, onHead?: () => void): Promise<{ attempt: Attempt; told: Told }> {
  const told: Told = { heads: [], failures: [] };
  const listener: AttemptListener = {
    onHead(head, rest) {
      told.heads.push([head, rest.toString('latin1')]);
      onHead?.();
    },
    onAttemptFailed: (...failure) => told.failures.push(failure),
  };
  const attempt = new Attempt(
    {
      address: parseAddress('ws://example.com/'),
      offer: { key: 'dGhlIHNhbXBsZSBub25jZQ==', protocols: [], extensions: '' },
      headers: [],
      source: {
        target: { host: 'example.com', port: 80, socketPath: undefined, secure: false },
        agent: undefined,
        createConnection: () => wire,
        dialOptions: {},
      },
      headLimits: {},
      timeout,
    },
    listener,
  );
  attempt.start();
  await new Promise((resolve) => setImmediate(resolve));
  return { attempt, told };
}

/** Listeners of ours that are still on a socket. */
function leftOn(wire: Wire): string[] {
  const bare = new Wire();
  return EVENTS.filter((event) => wire.listenerCount(event) > bare.listenerCount(event));
}

describe('a request', () => {
  // RFC 6455 §4.1(n)
  test('is written when it is complete and there is a socket, once', async () => {
    const wire = new Wire();
    const { attempt } = await attemptOver(wire);
    expect(wire.written).toEqual([]);
    attempt.request.end();
    attempt.request.end();
    expect(wire.written).toEqual([expect.stringMatching(/^GET \/ HTTP\/1\.1\r\nHost: example\.com\r\n/)]);
    attempt.destroy();
  });

  test('is not written to a socket from which one can only read: a proxy has refused', async () => {
    const wire = new Wire();
    wire.end();
    const { attempt, told } = await attemptOver(wire);
    attempt.request.end();
    await new Promise((resolve) => setImmediate(resolve));
    wire.emit('data', Buffer.from('HTTP/1.1 407 X\r\n\r\n'));
    expect(told).toMatchObject({ heads: [[{ statusCode: 407 }, '']], failures: [] });
    attempt.destroy();
  });

  test('is written one octet for each character', async () => {
    const wire = new Wire();
    const { attempt } = await attemptOver(wire);
    attempt.request.setHeader('X-A', '\u00e9').end();
    expect(wire.written[0]).toContain('X-A: \u00e9\r\n');
    attempt.destroy();
  });
});

describe('an answer', () => {
  const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n';
  const bytes = Buffer.from(`${interim}HTTP/1.1 101 Switching\r\nX: y\r\n\r\n`, 'latin1');

  test('is the same in whatever pieces it comes, interim responses and all', async () => {
    for (const { name, chunks } of cuttingsOf(bytes)) {
      const wire = new Wire();
      const { attempt, told } = await attemptOver(wire);
      for (const chunk of chunks) if (chunk.length > 0) wire.emit('data', chunk);
      expect(told.failures, name).toEqual([]);
      expect(told.heads, name).toEqual([[expect.objectContaining({ statusCode: 101, reason: 'Switching' }), '']]);
      attempt.destroy();
    }
  });

  test('may come before the request is finished', async () => {
    const wire = new Wire();
    const { attempt, told } = await attemptOver(wire);
    wire.emit('data', Buffer.from('HTTP/1.1 408 Too Slow\r\n\r\n'));
    expect(told.heads).toHaveLength(1);
    attempt.destroy();
  });

  test('leaves what stands behind its head to the listener', async () => {
    const wire = new Wire();
    const { attempt, told } = await attemptOver(wire);
    wire.emit('data', Buffer.concat([bytes, Buffer.from('rest')]));
    expect(told.heads[0]?.[1]).toBe('rest');
    attempt.destroy();
  });

  test('has eight interim responses before it, and not nine', async () => {
    const one = 'HTTP/1.1 102 Processing\r\n\r\n';
    for (const [count, heads, failures] of [
      [8, 1, 0],
      [9, 0, 1],
    ] as const) {
      const { attempt, told } = await attemptOver(new Wire());
      attempt.request.socket?.emit('data', Buffer.from(`${one.repeat(count)}HTTP/1.1 200 OK\r\n\r\n`));
      expect([told.heads.length, told.failures.length]).toEqual([heads, failures]);
      attempt.destroy();
    }
  });
});

describe('a socket', () => {
  test('is handed over with nothing of ours on it, and flowing', async () => {
    const wire = new Wire();
    const { attempt } = await attemptOver(wire, 1000);
    expect(wire.timeouts).toEqual([1000]);
    expect(attempt.release()).toBe(wire);
    expect(leftOn(wire)).toEqual([]);
    attempt.destroy();
    expect(wire.destroyed).toBe(false);
    const seen: string[] = [];
    wire.unshift(Buffer.from('first'));
    wire.on('data', (chunk) => seen.push(String(chunk)));
    wire.push('second');
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.join(' ')).toBe('first second');
    wire.destroy();
  });

  test('is destroyed with the attempt, and a late error does no harm', async () => {
    const wire = new Wire();
    const { attempt, told } = await attemptOver(wire);
    attempt.destroy();
    attempt.destroy();
    expect(wire.destroyed).toBe(true);
    expect(leftOn(wire)).toEqual(['error']);
    wire.emit('error', new Error('late'));
    expect(told).toEqual({ heads: [], failures: [] });
  });

  test.each<[string, (wire: Wire) => unknown, string, boolean]>([
    ['ends', (wire) => wire.push(null), 'socket hang up', false],
    ['closes', (wire) => wire.destroy(), 'socket hang up', false],
    ['fails', (wire) => wire.destroy(new Error('no')), 'no', true],
    ['is reset', (wire) => wire.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' })), 'reset', false],
    ['is broken', (wire) => wire.destroy(Object.assign(new Error('pipe'), { code: 'EPIPE' })), 'pipe', false],
    ['is idle', (wire) => wire.emit('timeout'), 'Opening handshake has timed out', true],
    [
      'fails for several reasons',
      (wire) => wire.destroy(new AggregateError([new Error('one'), new Error('other')])),
      'one',
      true,
    ],
    ['fails for no reason', (wire) => wire.destroy(new AggregateError([], 'none')), 'none', true],
    ['speaks something else', (wire) => wire.push('SSH-2.0\r\n'), 'Invalid answer', false],
    [
      'fails in the middle of an answer',
      (wire) => {
        wire.emit('data', Buffer.from('HTTP/1.1 1'));
        wire.destroy(new Error('no'));
      },
      'no',
      false,
    ],
  ])('that %s fails the attempt once', async (_, happen, message, ourFault) => {
    const wire = new Wire();
    const { told } = await attemptOver(wire, 1000);
    happen(wire);
    await new Promise((resolve) => setImmediate(resolve));
    expect(told.failures).toEqual([[expect.objectContaining({ message: expect.stringContaining(message) }), ourFault]]);
    expect(wire.destroyed).toBe(true);
    expect(leftOn(wire)).toEqual(['error']);
  });

  test('that is idle without a limit stays', async () => {
    for (const timeout of [0, Number.POSITIVE_INFINITY]) {
      const wire = new Wire();
      const { attempt } = await attemptOver(wire, timeout);
      expect(wire.timeouts).toEqual([]);
      attempt.destroy();
    }
  });
});

describe('a body', () => {
  test('is read to its end, and then the socket is destroyed', async () => {
    const wire = new Wire();
    let response: HandshakeResponse | undefined;
    const { attempt, told } = await attemptOver(wire, 0, () => {
      const [head, rest] = told.heads[0] as [ResponseHead, string];
      response = new HandshakeResponse(head, wire);
      attempt.readBody(response, Buffer.from(rest));
    });
    wire.emit('data', Buffer.from('HTTP/1.1 404 X\r\nContent-Length: 4\r\n\r\na'));
    wire.emit('data', Buffer.from('bc'));
    expect(wire.destroyed).toBe(false);
    wire.emit('data', Buffer.from('de'));
    expect(wire.destroyed).toBe(true);
    expect(String(Buffer.concat(await (response as HandshakeResponse).toArray()))).toBe('abcd');
    expect(told.failures).toEqual([]);
  });
});
