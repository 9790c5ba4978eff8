// A ReadableStream as a sink: its reader pulls, and what it has not pulled is counted.
import { afterEach, expect, test } from 'vitest';
import { FetchSink } from '../../src/sse/fetch-sink.ts';
import { Outcome } from '../../src/sse/sink.ts';
import { settled } from './fake-sink.ts';

let told: string[] = [];
afterEach(() => {
  told = [];
});

function start(signal = new AbortController().signal) {
  const sink = new FetchSink(signal);
  sink.start({
    onRoom: () => told.push('room'),
    onTaken: () => told.push('taken'),
    onGone: (finished) => told.push(finished ? 'finished' : 'gone'),
  });
  return { sink, reader: sink.body.getReader() };
}

test('what a reader waits for is taken at once', async () => {
  const { sink, reader } = start();
  const read = reader.read();
  await settled();
  expect(sink.write(Buffer.from('x'))).toBe(Outcome.Taken);
  expect((await read).value).toEqual(Buffer.from('x'));
});

test('what nobody waits for waits, and fills the sink', async () => {
  const { sink, reader } = start();
  await settled();
  expect(sink.write(Buffer.alloc(16_383))).toBe(Outcome.Waiting);
  expect(sink.write(Buffer.alloc(1))).toBe(Outcome.Full);
  expect(sink.bufferedAmount).toBe(16_384);
  await reader.read();
  await settled();
  expect(told).toEqual([]);
  await reader.read();
  await settled();
  expect([told, sink.bufferedAmount]).toEqual([['room'], 0]);
});

test('tells when everything has been taken, and ends behind it', async () => {
  const { sink, reader } = start();
  await settled();
  sink.write(Buffer.from('x'));
  sink.awaitTaken();
  sink.end();
  expect(told).toEqual([]);
  await reader.read();
  expect((await reader.read()).done).toBe(true);
  expect(told).toEqual(['taken', 'finished']);
});

test.each(['cancelled', 'aborted'])('a body that is %s has no reader any more, and no listener stays', async (how) => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = AbortSignal.prototype;
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, given);
  };
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, given);
  };
  const { sink, reader } = start(signal);
  expect(listeners).toBe(1);
  if (how === 'cancelled') await reader.cancel();
  else controller.abort();
  expect(told).toEqual(['gone']);
  sink.release();
  expect([listeners, sink.bufferedAmount]).toEqual([0, 0]);
  expect(sink.write(Buffer.from('late'))).toBe(Outcome.Taken);
  expect((await reader.read()).done).toBe(true);
});

test('a body that is destroyed fails', async () => {
  const { sink, reader } = start();
  sink.destroy();
  expect(sink.bufferedAmount).toBe(0);
  await expect(reader.read()).rejects.toThrow('the event stream was ended');
});
