import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Recording } from '../../src/inspect/recording.ts';
import { tap } from '../../src/inspect/tap.ts';
import { frameOf, RESPONSE } from './frames.ts';

/** A socket whose bytes go nowhere and come from `receive`. */
class Wire extends Duplex {
  readonly written: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.written.push(Buffer.from(chunk));
    queueMicrotask(callback);
  }

  receive(chunk: Buffer): Promise<void> {
    this.push(chunk);
    return new Promise((resolve) => this.once('data', () => resolve()));
  }
}

function tapped() {
  const wire = new Wire();
  const recording = new Recording(100);
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method: 'GET', url: '/ws?a=b', httpVersion: '1.1' });
  request.rawHeaders = ['Host', 'example.com', 'X-CaSe', 'kept', 'x-case', 'kept too'];
  tap(wire, request, recording, () => 1_234);
  const entries = () => Array.from({ length: recording.next }, (_, index) => recording.at(index));
  return { wire, recording, entries };
}

test('the request is written down as it came: names in their case, in their order', () => {
  const { entries } = tapped();
  const text = 'GET /ws?a=b HTTP/1.1\r\nHost: example.com\r\nX-CaSe: kept\r\nx-case: kept too\r\n\r\n';
  expect(entries()).toEqual([
    { isHead: true, bytes: Buffer.from(text), length: text.length, index: 0, author: 'client', time: 1_234 },
  ]);
});

test('what comes in is recorded before whoever reads it changes it', async () => {
  const { wire, entries } = tapped();
  const frame = frameOf({ key: 0x01020304, payload: 'Hello' });
  wire.on('data', (chunk: Buffer) => chunk.fill(0));
  await wire.receive(Buffer.from(frame));
  expect(entries()[1]).toMatchObject({ bytes: frame, author: 'client', isHead: false });
});

test('to be listened to does not make a paused socket flow', () => {
  const { wire } = tapped();
  wire.pause();
  expect(wire.isPaused()).toBe(true);
  expect(wire.readableFlowing).toBe(false);
});

describe('what is written', () => {
  test('is recorded, the head first and then frames, and goes its way unchanged', async () => {
    const { wire, entries } = tapped();
    const frame = frameOf({ payload: 'Hello' });
    wire.write(RESPONSE, 'latin1');
    wire.write(frame);
    await new Promise<void>((resolve) => wire.write(Uint8Array.from(frame), () => resolve()));
    expect(Buffer.concat(wire.written)).toEqual(Buffer.concat([Buffer.from(RESPONSE), frame, frame]));
    expect(entries().slice(1)).toMatchObject([
      { isHead: true, bytes: Buffer.from(RESPONSE), author: 'server' },
      { isHead: false, bytes: frame, author: 'server' },
      { isHead: false, bytes: frame, author: 'server' },
    ]);
  });

  test('is recorded as it was in the moment of writing', () => {
    const { wire, entries } = tapped();
    wire.write(RESPONSE);
    const slab = Buffer.from(frameOf({ payload: 'Hello' }));
    wire.write(slab);
    slab.fill(0);
    expect(entries()[2]?.bytes).toEqual(frameOf({ payload: 'Hello' }));
  });

  test('is answered by the socket, and its callback is called', async () => {
    const { wire } = tapped();
    await new Promise<void>((resolve) => {
      expect(wire.write(RESPONSE, () => resolve())).toBe(true);
    });
    await new Promise<void>((resolve) => wire.write('more', 'utf8', () => resolve()));
    expect(wire.write(Buffer.alloc(100_000))).toBe(false);
  });
});
