// A socket as an endpoint sees it: what was read before comes first, one clean end, and nobody's errors end the process.
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ignoreErrors } from '../../src/transport/socket-owner.ts';
import { adopt, isAdopted, isDeferred, Transport, type TransportHandler } from '../../src/transport/transport.ts';
import { FakeSocket } from './fake-socket.ts';
import { closed, readAll, readBytes, tcpPair } from './socket-pairs.ts';

const NO_HEAD = Buffer.alloc(0);
const transports: Transport[] = [];

class Handler implements TransportHandler {
  readonly log: string[] = [];
  readonly chunks: Buffer[] = [];
  transport: Transport | undefined = undefined;
  #waiting: { event: string; resolve: () => void }[] = [];

  #happen(event: string): void {
    this.log.push(event);
    for (const { resolve } of this.#waiting.filter((wait) => wait.event === event)) resolve();
    this.#waiting = this.#waiting.filter((wait) => wait.event !== event);
  }

  /** Until `event` has happened. */
  async had(event: string): Promise<void> {
    if (!this.log.includes(event)) await this.next(event);
  }

  /** Until `event` happens the next time. */
  next(event: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ event, resolve }));
  }

  onChunk(chunk: Buffer): void {
    this.chunks.push(Buffer.from(chunk));
    this.#happen('chunk');
  }

  onPeerEnd(): void {
    this.#happen('end');
  }

  onSocketDrain(): void {
    this.transport?.onSocketDrain();
  }

  onRest(): void {}

  onSocketError(): void {
    this.#happen('error');
  }

  onGone(): void {
    this.transport?.close(new Error('gone'));
    this.#happen('gone');
  }

  onWaiting(): void {}
  onBlocked(): void {
    this.#happen('blocked');
  }

  onUnblocked(): void {
    this.#happen('unblocked');
  }

  onDrain(): void {
    this.#happen('drain');
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

function take(socket: Duplex, head = NO_HEAD): { handler: Handler; transport: Transport } {
  const handler = new Handler();
  const transport = new Transport(socket, handler, isDeferred(socket));
  handler.transport = transport;
  adopt(socket, head, handler);
  transports.push(transport);
  return { handler, transport };
}

function say(transport: Transport, text: string): void {
  const offset = transport.reserve(text.length);
  transport.target.write(text, offset);
  transport.commit(text.length);
}

afterEach(() => {
  for (const transport of transports.splice(0)) transport.destroy();
});

describe('bytes', () => {
  test('that were read before the transport came are the first, and none comes within the constructor', async () => {
    const { ours, theirs } = await tcpPair();
    theirs.write('second');
    await once(ours, 'readable');
    const { handler } = take(ours, Buffer.from('first,'));
    expect(handler.log).toEqual([]);
    while (handler.text !== 'first,second') await handler.next('chunk');
  });

  test('reach a socket that stood still when it was taken over', async () => {
    const { ours, theirs } = await tcpPair();
    ours.pause();
    const { handler, transport } = take(ours);
    theirs.write('hello');
    await handler.next('chunk');
    say(transport, 'world');
    expect(String(await readBytes(theirs, 5))).toBe('world');
  });

  test('stop coming with pause(), so that the peer cannot write on for ever, and come again with resume()', async () => {
    const { ours, theirs } = await tcpPair();
    const { handler, transport } = take(ours);
    theirs.write('a');
    await handler.next('chunk');
    transport.pause();
    const megabyte = Buffer.alloc(1024 * 1024);
    let written = 0;
    // The buffers of two kernels hold some MiB; then the peer's own Node has to keep them.
    while (theirs.writableLength < 2 * megabyte.length) {
      theirs.write(megabyte);
      written += megabyte.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(handler.chunks).toHaveLength(1);
    theirs.end();
    transport.resume();
    await handler.had('end');
    expect(Buffer.concat(handler.chunks)).toHaveLength(written + 1);
  });

  test('are thrown away after ignore(), and only the end counts', async () => {
    const { ours, theirs } = await tcpPair();
    const { handler, transport } = take(ours);
    transport.pause();
    transport.ignore();
    theirs.end(Buffer.alloc(1_000_000));
    await handler.had('end');
    expect(handler.chunks).toEqual([]);
  });
});

describe('the end', () => {
  test('of the peer is told, and leaves our side open until we end it', async () => {
    const { ours, theirs } = await tcpPair();
    const { handler, transport } = take(ours);
    const answer = readAll(theirs);
    theirs.end();
    await handler.had('end');
    say(transport, 'last words');
    transport.end();
    expect(String(await answer)).toBe('last words');
    await handler.had('gone');
    expect(handler.log).toEqual(['end', 'gone']);
  });

  test('of the peer leaves our side open also on a socket that would have closed itself', async () => {
    const { ours, theirs } = await tcpPair();
    // As a client's socket is, unless somebody says otherwise.
    theirs.allowHalfOpen = false;
    const { handler, transport } = take(theirs);
    ours.end();
    const answer = readAll(ours);
    await handler.had('end');
    say(transport, 'last words');
    transport.end();
    expect(String(await answer)).toBe('last words');
  });

  test('comes once and last, and takes all listeners along but the one for errors', async () => {
    const { ours, theirs } = await tcpPair();
    const { handler, transport } = take(ours);
    theirs.resume();
    transport.destroy();
    expect(transport.destroyed).toBe(true);
    await handler.had('gone');
    expect(handler.log).toEqual(['gone']);
    for (const event of ['data', 'end', 'drain', 'close'])
      expect(ours.listeners(event)).toEqual(
        expect.not.arrayContaining([
          expect.objectContaining({ name: expect.stringMatching(/^on(Data|End|Drain|Close)$/) }),
        ]),
      );
    ours.emit('error', new Error('late'));
    expect(handler.log).toEqual(['gone']);
  });

  test('by a reset is an error, then gone', async () => {
    const { ours, theirs } = await tcpPair();
    const { handler } = take(ours);
    theirs.resetAndDestroy();
    await handler.had('gone');
    expect(handler.log).toEqual(['error', 'gone']);
  });
});

describe('a socket', () => {
  test('sends small frames at once, and is not closed for being idle', async () => {
    const { ours } = await tcpPair();
    ours.setTimeout(1_000_000);
    const noDelay = vi.spyOn(ours, 'setNoDelay');
    take(ours);
    expect(noDelay).toHaveBeenCalledWith(true);
    expect(ours.timeout).toBe(0);
  });

  test('belongs to one transport, now and for ever', async () => {
    const { ours, theirs } = await tcpPair();
    theirs.resume();
    expect(isAdopted(ours)).toBe(false);
    const { transport } = take(ours);
    expect(isAdopted(ours)).toBe(true);
    transport.destroy();
    await closed(ours);
    expect(isAdopted(ours)).toBe(true);
  });

  test('has one listener for errors, whoever had it before', () => {
    const socket = new FakeSocket();
    ignoreErrors(socket);
    take(socket);
    expect(socket.listenerCount('error')).toBe(1);
  });

  test('may be any Duplex: nobody overwrites what a stream in memory has taken and not read', async () => {
    const [left, right] = memoryPair();
    const ours = take(left);
    const other = take((await tcpPair()).ours);
    say(ours.transport, 'unread');
    await Promise.resolve();
    for (let index = 0; index < 100; index++) {
      other.transport.cork();
      say(other.transport, 'XXXXXX');
      other.transport.uncork();
    }
    expect(String(right.read())).toBe('unread');
  });

  test('that blocks says when it goes on', async () => {
    const { ours, theirs } = await tcpPair();
    const { handler, transport } = take(ours);
    transport.attach(Buffer.alloc(32 * 1024 * 1024));
    await handler.had('blocked');
    transport.wantDrain();
    theirs.resume();
    await handler.had('drain');
    expect(handler.log.at(-2)).toBe('unblocked');
  });
});

/** Two streams, each of which reads what is written to the other: the very Buffers. */
function memoryPair(): [Duplex, Duplex] {
  class End extends Duplex {
    other: End | undefined = undefined;
    override _read(): void {}
    override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
      this.other?.push(chunk);
      callback();
    }
  }
  const [left, right] = [new End(), new End()];
  left.other = right;
  right.other = left;
  return [left, right];
}
