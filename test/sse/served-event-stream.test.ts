// What becomes of events when nobody, or only the sink, knows whether they have been taken.
import { describe, expect, it } from 'vitest';
import { type EventStreamOptions, encodeEvent } from '../../src/sse/index.ts';
import { readSettings } from '../../src/sse/options.ts';
import { ServedEventStream } from '../../src/sse/served-event-stream.ts';
import { Outcome } from '../../src/sse/sink.ts';
import { clock } from '../../src/transport/index.ts';
import { FakeSink, settled } from './fake-sink.ts';

function serve(options: EventStreamOptions = {}) {
  const sink = new FakeSink();
  const stream = new ServedEventStream(sink, readSettings(options), undefined);
  const told: string[] = [];
  stream.onDrain = () => told.push('drain');
  stream.onDropped = (count) => told.push(`dropped ${count}`);
  stream.onEnd = (end) => told.push(end);
  return { sink, stream, told };
}

const bytes = (text: string): Buffer => encodeEvent({ data: text });

describe('a stream', () => {
  it('asks the sink before it answers that too much waits: a burst is not a slow client', async () => {
    const { sink, stream, told } = serve({ highWaterMark: 100, maxBufferedAmount: 200 });
    for (let count = 0; count < 50; count++) stream.sendEncoded(bytes('.'.repeat(60)));
    expect([stream.isOpen, stream.dropped]).toEqual([true, 0]);
    await settled();
    expect(sink.text.split('\n\n')).toHaveLength(51);
    expect(told).toEqual(['drain']);
    stream.destroy();
  });

  it('keeps the newest of each key for a client that takes nothing', async () => {
    const { sink, stream, told } = serve({ slowConsumer: 'conflate' });
    sink.outcome = Outcome.Full;
    stream.sendEncoded(bytes('on its way'));
    await settled();
    for (const [text, key] of [
      ['a1', 'a'],
      ['b1', 'b'],
      ['a2', 'a'],
      ['no key', undefined],
      ['a3', 'a'],
    ] as const) {
      expect(stream.sendEncoded(bytes(text), key)).toBe(true);
    }
    expect([stream.dropped, told]).toEqual([2, ['dropped 1', 'dropped 1']]);
    sink.take();
    sink.owner?.onRoom();
    await settled();
    const words = sink.text.match(/(?<=data: ).+/g);
    expect(words).toEqual(['on its way', 'b1', 'no key', 'a3']);
    stream.destroy();
  });

  it('drops the oldest events by their number, too: empty ones cost memory', async () => {
    const { sink, stream } = serve({ slowConsumer: 'drop-oldest', maxBufferedAmount: 2_560 });
    sink.outcome = Outcome.Full;
    stream.sendEncoded(bytes(''));
    await settled();
    for (let count = 0; count < 100; count++) stream.sendEncoded(bytes(''));
    expect(stream.dropped).toBe(90);
    stream.destroy();
  });

  it('drops comments behind what is too much already, and counts them not', async () => {
    const { sink, stream, told } = serve({ highWaterMark: 10 });
    sink.outcome = Outcome.Full;
    stream.sendEncoded(bytes('on its way'));
    await settled();
    expect(stream.comment('lost')).toBe(false);
    sink.take();
    sink.owner?.onRoom();
    await settled();
    expect([sink.text, stream.dropped, told]).toEqual(['data: on its way\n\n', 0, ['drain']]);
    stream.destroy();
    expect(stream.comment('late')).toBe(false);
  });

  it('sends no heartbeat behind what waits', async () => {
    const { sink, stream } = serve();
    sink.outcome = Outcome.Waiting;
    stream.sendEncoded(bytes('waits'));
    await settled();
    stream.heartbeatIsDue();
    await settled();
    expect(sink.writes).toHaveLength(1);
    sink.take();
    stream.heartbeatIsDue();
    await settled();
    expect(String(sink.writes[1])).toBe(': heartbeat\n');
    stream.destroy();
  });

  it('asks whether bytes have been taken before it ends a client for them', async () => {
    const { sink, stream, told } = serve();
    sink.outcome = Outcome.Waiting;
    stream.sendEncoded(bytes('waits'));
    await settled();
    stream.writeTimeoutIsOver();
    expect([sink.calls, told]).toEqual([['awaitTaken'], []]);
    stream.writeTimeoutIsOver();
    expect([sink.calls, told]).toEqual([['awaitTaken', 'destroy', 'release'], ['write-timeout']]);
    const fast = serve();
    fast.sink.outcome = Outcome.Waiting;
    fast.stream.sendEncoded(bytes('taken'));
    await settled();
    fast.sink.take();
    fast.stream.writeTimeoutIsOver();
    expect(fast.sink.calls).toEqual([]);
    fast.stream.destroy();
  });

  it('may be closed by whoever is told that it drops', async () => {
    const { sink, stream } = serve({ slowConsumer: 'drop-oldest', maxBufferedAmount: 64 });
    sink.outcome = Outcome.Full;
    stream.sendEncoded(bytes('on its way'));
    await settled();
    stream.onDropped = () => stream.close();
    stream.sendEncoded(bytes('.'.repeat(60)));
    expect(stream.sendEncoded(bytes('.'.repeat(60)))).toBe(false);
    stream.destroy();
  });

  it('that is over before anybody has it tells so when its maker has returned', async () => {
    const timers = clock.size;
    const { stream, told } = serve();
    stream.finishSoon('gone');
    expect([stream.isOpen, told]).toEqual([false, []]);
    await settled();
    expect([told, clock.size]).toEqual([['gone'], timers]);
  });
});
