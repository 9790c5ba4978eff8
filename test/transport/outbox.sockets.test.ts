// Outboxes over real sockets, TCP and TLS: what arrives is what was said, whether the other side reads or not.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Outbox } from '../../src/transport/outbox.ts';
import type { OutboxOwner } from '../../src/transport/outbox-owner.ts';
import { type Certificates, hasOpenssl, makeCertificates } from '../client/certificates.ts';
import { readAll, readBytes, type SocketPair, tcpPair, tlsPair } from './socket-pairs.ts';

const MIB = 1024 * 1024;

class Speaker implements OutboxOwner {
  readonly outbox: Outbox;
  readonly said: Buffer[] = [];
  isDrained: () => void = () => {};
  drains = 0;

  constructor(socket: Socket, deferred: boolean) {
    this.outbox = new Outbox(socket, this, deferred);
    socket.on('drain', () => this.outbox.onSocketDrain());
  }

  onWaiting(): void {}
  onBlocked(): void {}
  onUnblocked(): void {}

  onDrain(): void {
    this.drains++;
    this.isDrained();
  }

  /** A message of `length` bytes, none like its neighbour. */
  say(length: number, attached = false): void {
    const bytes = Buffer.allocUnsafe(length);
    for (let index = 0; index < length; index++) bytes[index] = this.said.length * 7 + index * 13;
    this.said.push(Buffer.from(bytes));
    if (attached) {
      this.outbox.attach(bytes);
      return;
    }
    const offset = this.outbox.reserve(length);
    this.outbox.target.set(bytes, offset);
    this.outbox.commit(length);
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.isDrained = resolve;
      this.outbox.wantDrain();
    });
  }
}

let certificates: Certificates;
const speakers: Speaker[] = [];

beforeAll(() => {
  if (hasOpenssl || process.env.CI === 'true') certificates = makeCertificates();
});

afterEach(() => {
  for (const { outbox } of speakers.splice(0)) outbox.close(new Error('the test is over'));
});

const WIRES: [string, boolean, () => Promise<SocketPair>][] = [['TCP', false, tcpPair]];
if (hasOpenssl || process.env.CI === 'true') WIRES.push(['TLS', true, () => tlsPair(certificates)]);

describe.each(WIRES)('over %s', (_name, deferred, pair) => {
  async function speaker(): Promise<{ speaker: Speaker } & SocketPair> {
    const sockets = await pair();
    const made = new Speaker(sockets.ours, deferred);
    speakers.push(made);
    return { ...sockets, speaker: made };
  }

  test('a turn is one write', async () => {
    const { speaker: subject, ours, theirs } = await speaker();
    const write = vi.spyOn(ours, 'write');
    subject.outbox.cork();
    for (let index = 0; index < 100; index++) subject.say(100);
    subject.outbox.uncork();
    expect(write).toHaveBeenCalledOnce();
    expect(await readBytes(theirs, 10_000)).toEqual(Buffer.concat(subject.said));
  });

  test('eight connections at once: many MiB in turns and out of turns arrive unchanged, at readers slow and fast', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, speaker));
    const received = all.map(({ theirs }) => readAll(theirs));
    // Every other one reads nothing for as long as we speak.
    for (const [index, { theirs }] of all.entries()) if (index % 2 === 1) theirs.pause();
    const lengths = [1, 50, 125, 1_000, 4_090, 16_000, 65_536, 70_000, 200_000];
    for (let round = 0; round < 60; round++) {
      for (const [index, { speaker: subject }] of all.entries()) {
        const inTurn = (round + index) % 3 === 0;
        if (inTurn) subject.outbox.cork();
        subject.say(lengths[(round + index) % lengths.length] as number, round % 5 === 0);
        subject.say(17);
        if (inTurn) subject.outbox.uncork();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const { speaker: subject, theirs } of all) {
      theirs.resume();
      subject.outbox.end();
    }
    for (const [index, bytes] of received.entries()) {
      expect((await bytes).equals(Buffer.concat((all[index] as { speaker: Speaker }).speaker.said))).toBe(true);
    }
  });

  test('bufferedAmount is what the kernel has not taken: it stands while nobody reads, and falls to nothing', async () => {
    const { speaker: subject, theirs } = await speaker();
    subject.say(16 * MIB, true);
    expect(subject.outbox.bufferedAmount).toBe(16 * MIB);
    await new Promise((resolve) => setImmediate(resolve));
    expect(subject.outbox.bufferedAmount).toBeGreaterThan(0);
    expect(subject.outbox.blocked).toBe(true);
    const drained = subject.drained();
    const bytes = await readBytes(theirs, 16 * MIB);
    await drained;
    expect(bytes.equals(subject.said[0] as Buffer)).toBe(true);
    expect(subject.outbox.bufferedAmount).toBe(0);
    expect(subject.drains).toBe(1);
  });

  test('callbacks come when their bytes have been taken, and with an error when the socket is destroyed before', async () => {
    const { speaker: subject, ours, theirs } = await speaker();
    const calls: [string, boolean][] = [];
    subject.say(10);
    await new Promise<void>((resolve) =>
      subject.outbox.afterWrite((error) => {
        calls.push(['small', error instanceof Error]);
        resolve();
      }),
    );
    for (const name of ['a', 'b', 'c']) {
      subject.say(8 * MIB, true);
      subject.outbox.afterWrite((error) => calls.push([name, error instanceof Error]));
    }
    await new Promise((resolve) => setImmediate(resolve));
    ours.destroy();
    await once(ours, 'close');
    subject.outbox.close(new Error('gone'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toEqual([
      ['small', false],
      ['a', true],
      ['b', true],
      ['c', true],
    ]);
    theirs.destroy();
  });
});
