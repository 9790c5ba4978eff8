// Between two owners, and after the last, an error of a socket ends nothing; and whoever has it hears what happens to it.
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { giveAway, ignoreErrors, own, ownerOf, release, type SocketOwner } from '../../src/transport/socket-owner.ts';
import { FakeSocket } from './fake-socket.ts';
import { closed, tcpPair } from './socket-pairs.ts';

const OURS = ['data', 'end', 'drain', 'close'];

class Owner implements SocketOwner {
  readonly log: string[] = [];

  onChunk(chunk: Buffer): void {
    this.log.push(String(chunk));
  }

  onPeerEnd(): void {
    this.log.push('end');
  }

  onSocketDrain(): void {
    this.log.push('drain');
  }

  onSocketError(): void {
    this.log.push('error');
  }

  onGone(): void {
    this.log.push('gone');
  }
}

test('an error of a socket nobody owns is heard and forgotten', async () => {
  const socket = new FakeSocket();
  ignoreErrors(socket);
  await closed(socket.destroy(new Error('reset')));
});

describe('a socket', () => {
  test('is listened to once, however often it changes hands', () => {
    const socket = new FakeSocket();
    ignoreErrors(socket);
    ignoreErrors(socket);
    own(socket, new Owner());
    const second = new Owner();
    own(socket, second);
    ignoreErrors(socket);
    expect(ownerOf(socket)).toBe(second);
    for (const event of ['error', ...OURS]) expect([event, socket.listenerCount(event)]).toEqual([event, 1]);
  });

  test('tells everything to its owner, and nothing to the one before', async () => {
    const { ours, theirs } = await tcpPair();
    const [first, second] = [new Owner(), new Owner()];
    own(ours, first);
    theirs.write('one');
    await once(ours, 'data');
    own(ours, second);
    theirs.write('two');
    await once(ours, 'data');
    ours.emit('drain');
    theirs.resetAndDestroy();
    await closed(ours);
    expect(first.log).toEqual(['one']);
    expect(second.log).toEqual(['two', 'drain', 'error', 'gone']);
  });

  test('tells of the peer’s end before it is gone', async () => {
    const { ours, theirs } = await tcpPair();
    const owner = new Owner();
    own(ours, owner);
    ours.end();
    theirs.resume();
    theirs.end();
    await closed(ours);
    expect(owner.log).toEqual(['end', 'gone']);
  });

  test('that was released tells nobody until the next owner comes', async () => {
    const { ours, theirs } = await tcpPair();
    const [first, second] = [new Owner(), new Owner()];
    own(ours, first);
    release(ours);
    theirs.write('lost');
    await once(ours, 'data');
    own(ours, second);
    theirs.write('found');
    await once(ours, 'data');
    expect([first.log, second.log]).toEqual([[], ['found']]);
  });

  test('that was given away has none of our listeners, and may come back', async () => {
    const { ours, theirs } = await tcpPair();
    const [first, second] = [new Owner(), new Owner()];
    const listeners = OURS.map((event) => ours.listeners(event));
    own(ours, first);
    giveAway(ours);
    expect(ownerOf(ours)).toBe(undefined);
    expect(OURS.map((event) => ours.listeners(event))).toEqual(listeners);
    own(ours, second);
    theirs.write('back');
    await once(ours, 'data');
    expect([first.log, second.log]).toEqual([[], ['back']]);
  });

  test('that is closed keeps no listener but that of errors, and no owner', async () => {
    const { ours } = await tcpPair();
    const owner = new Owner();
    own(ours, owner);
    const isClosed = once(ours, 'close');
    ours.destroy();
    await isClosed;
    expect(ownerOf(ours)).not.toBe(owner);
    expect(ours.listenerCount('data')).toBe(0);
    ours.emit('error', new Error('late'));
    expect(owner.log).toEqual(['gone']);
  });
});
