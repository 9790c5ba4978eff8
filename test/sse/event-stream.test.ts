// The contract of every event stream: what is sent is read, in order; who reads slowly is waited for within limits; and
// however it ends, everything is given back. Played over node:http and over the Fetch API.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerSentEvent } from '../../src/eventstream/index.ts';
import { type EventStream, encodeEvent } from '../../src/sse/index.ts';
import { clock } from '../../src/transport/index.ts';
import { asRead, event } from '../eventstream/hostile-text.ts';
import { readStream, type Told } from '../eventstream/record.ts';
import { endOf, fetchStage, nodeStage, part, read, type Stage, toldTo } from './stages.ts';

const KIB = 1_024;
/** More than the kernel takes on both sides of a connection. */
const MUCH = 16 * 1_024 * KIB;

/** An event of a KiB or so, by its number. */
const numbered = (number: number): ServerSentEvent => ({ data: `${number} ${'.'.repeat(KIB)}` });

const numbersIn = (told: readonly Told[]): number[] =>
  told.flatMap((each) => ('data' in each ? [Number(each.data.split(' ')[0])] : []));

describe.each([
  ['node:http', nodeStage],
  ['the Fetch API', async () => fetchStage()],
] as const)('an event stream over %s', (_name, make) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await make();
  });
  afterAll(() => stage.close());

  it('is 200 with the fields that HTML and caches want, and those of the application', async () => {
    const { stream, client } = await stage.open({
      headers: { 'X-Own': 1, 'content-type': 'text/plain', None: undefined },
    });
    expect(client.status).toBe(200);
    expect(client.field('content-type')).toBe('text/event-stream');
    expect(client.field('cache-control')).toBe('no-cache, no-transform');
    expect(client.field('x-accel-buffering')).toBe('no');
    expect(client.field('x-own')).toBe('1');
    expect(client.field('content-length')).toBeNull();
    stream.close();
    await toldTo(client);
  });

  it('begins with a reconnection time, and ends with another one when it is closed so', async () => {
    const { stream, client } = await stage.open({ retry: 1_000, retrySpread: 0 });
    stream.send({ data: 'first', id: '7' });
    stream.close({ retry: 60_000 });
    expect(stream.isOpen).toBe(false);
    expect(stream.send({ data: 'late' })).toBe(false);
    expect(await toldTo(client)).toEqual([
      { retry: 1_000 },
      { type: 'message', data: 'first', lastEventId: '7' },
      { retry: 60_000 },
    ]);
  });

  it('sends no reconnection time when there shall be none, and nothing at all before the first event', async () => {
    const { stream, client } = await stage.open({ retry: false });
    stream.sendEncoded(encodeEvent({ data: 'first', event: 'named' }));
    stream.comment('a comment');
    stream.close();
    expect(await toldTo(client)).toEqual([{ type: 'named', data: 'first', lastEventId: '' }, { comment: 'a comment' }]);
  });

  it('carries whatever can be written, as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 5 }), async (events) => {
        const { stream, client } = await stage.open({ retry: false });
        for (const each of events) stream.send(each);
        stream.close();
        const read = (await toldTo(client)).filter((told) => 'data' in told);
        expect(read.map(({ type, data }) => [type, data])).toEqual(
          events.map(({ event: type, data }) => [
            type === undefined || type === '' ? 'message' : asRead(type),
            asRead(data),
          ]),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('answers false above highWaterMark, and tells once that everything has been taken', async () => {
    const { stream, client } = await stage.open({ maxBufferedAmount: 0 });
    let drains = 0;
    const drained = new Promise<void>((resolve) => {
      stream.onDrain = () => {
        drains++;
        expect(stream.bufferedAmount).toBe(0);
        resolve();
      };
    });
    expect(stream.send({ data: 'little' })).toBe(true);
    let sent = 0;
    for (; sent * KIB < MUCH; sent++) stream.send(numbered(sent));
    expect(stream.send({ data: 'more' })).toBe(false);
    expect(stream.bufferedAmount).toBeGreaterThan(64 * KIB);
    const reading = read(client, (_bytes, text) => text.includes('data: more'));
    await drained;
    const { told } = readStream(await reading);
    expect(numbersIn(told).slice(1, -1)).toEqual(Array.from({ length: sent }, (_, index) => index));
    expect(drains).toBe(1);
    await part({ stream, client });
  });

  it('ends who reads nothing, above maxBufferedAmount', async () => {
    const timers = clock.size;
    const { stream, client } = await stage.open({ maxBufferedAmount: 256 * KIB });
    let end: string | undefined;
    stream.onEnd = (why) => {
      end = why;
    };
    let most = 0;
    for (let sent = 0; sent * KIB < MUCH && stream.isOpen; sent++) {
      stream.send(numbered(sent));
      most = Math.max(most, stream.bufferedAmount);
    }
    expect(end).toBe('too-slow');
    expect(most).toBeLessThanOrEqual(258 * KIB);
    expect(stream.bufferedAmount).toBe(0);
    expect(clock.size).toBe(timers);
    await read(client);
  });

  it.each(['drop-newest', 'drop-oldest', 'conflate'] as const)('counts what it drops: %s', async (slowConsumer) => {
    const { stream, client } = await stage.open({ slowConsumer, maxBufferedAmount: 256 * KIB });
    let told = 0;
    stream.onDropped = (count) => {
      told += count;
    };
    const count = MUCH / KIB;
    for (let number = 0; number < count; number++) {
      stream.send(numbered(number), 'the same key');
      // As if turns had passed: a client that takes nothing has nothing taken.
      expect(stream.bufferedAmount).toBeLessThan((256 + 128) * KIB);
    }
    expect(told).toBeGreaterThan(0);
    expect(stream.dropped).toBe(told);
    const reading = toldTo(client);
    stream.close();
    const numbers = numbersIn(await reading);
    expect(numbers.length + stream.dropped).toBe(count);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.at(-1) === count - 1).toBe(slowConsumer !== 'drop-newest');
    expect(numbers[0]).toBe(0);
  });

  it('goes on with what waits when there is room again', async () => {
    const { stream, client } = await stage.open({ slowConsumer: 'drop-oldest', maxBufferedAmount: 256 * KIB });
    const count = MUCH / KIB;
    for (let number = 0; number < count; number++) stream.send(numbered(number));
    const drained = new Promise<void>((resolve) => {
      stream.onDrain = resolve;
    });
    const { told } = readStream(
      await read(client, (_bytes, text) => text.endsWith(`${'.'.repeat(900)}\n\n`) && stream.bufferedAmount === 0),
    );
    await drained;
    const numbers = numbersIn(told);
    expect(numbers.length + stream.dropped).toBe(count);
    expect(numbers.at(-1)).toBe(count - 1);
    await part({ stream, client });
  });

  it('ends who takes nothing for writeTimeout, also when it has been closed', async () => {
    for (const closes of [false, true]) {
      const { stream, client } = await stage.open({ writeTimeout: 20, heartbeat: 0, maxBufferedAmount: 0 });
      const ended = endOf(stream);
      for (let number = 0; number * KIB < MUCH; number++) stream.send(numbered(number));
      if (closes) stream.close();
      expect(await ended).toBe('write-timeout');
      await read(client);
    }
  });

  it('sends a comment when nothing has been written for a while', async () => {
    const { stream, client } = await stage.open({ retry: false, heartbeat: 5 });
    stream.send({ data: 'first' });
    const chunks = await read(client, (_bytes, text) => text.split(': heartbeat\n').length > 2);
    expect(Buffer.concat(chunks).toString()).toBe('data: first\n\n: heartbeat\n: heartbeat\n');
    await part({ stream, client });
  });

  it('ends after maxLifetime', async () => {
    const ends: string[] = [];
    const onStream = (stream: EventStream): void => {
      stream.onEnd = (end) => ends.push(end);
    };
    const { client } = await stage.open({ retry: false, maxLifetime: 5 }, { onStream });
    expect(await toldTo(client)).toEqual([]);
    expect(ends).toEqual(['closed']);
  });

  it.each([
    ['before an event', 0],
    ['behind one', 1],
    ['in the middle of a write, with more than the kernel takes', MUCH / KIB],
  ])('notices that its client leaves %s, and gives everything back', async (_when, count) => {
    const timers = clock.size;
    const { stream, client } = await stage.open({ maxBufferedAmount: 0 });
    const ended = endOf(stream);
    let drains = 0;
    stream.onDrain = () => drains++;
    for (let number = 0; number < count; number++) stream.send(numbered(number));
    await client.next();
    await client.leave();
    expect(await ended).toBe('gone');
    expect([stream.isOpen, stream.bufferedAmount, stream.send({ data: 'late' })]).toEqual([false, 0, false]);
    expect(clock.size).toBe(timers);
    stream.close();
    stream.destroy();
    expect(drains).toBe(0);
  });

  it('can be destroyed, and tells so once', async () => {
    const { stream, client } = await stage.open();
    const ends: string[] = [];
    stream.onEnd = (end) => ends.push(end);
    stream.destroy();
    stream.destroy();
    await read(client);
    expect(ends).toEqual(['destroyed']);
  });

  it('has no body for HEAD, and is over', async () => {
    const timers = clock.size;
    const { stream, client } = await stage.open({}, { method: 'HEAD' });
    expect([client.status, client.field('content-type')]).toEqual([200, 'text/event-stream']);
    expect([stream.isOpen, stream.send({ data: 'nothing' })]).toEqual([false, false]);
    expect(await client.next()).toBeUndefined();
    expect(clock.size).toBe(timers);
  });

  it('knows where its client left off', async () => {
    const { stream, client } = await stage.open({}, { path: '/?since=1', headers: { 'Last-Event-ID': '2' } });
    expect(stream.lastEventId).toBe('2');
    await part({ stream, client });
    const other = await stage.open({ maxLastEventIdLength: 3 }, { path: '/?since=1234' });
    expect(other.stream.lastEventId).toBeUndefined();
    await part(other);
  });

  it("throws its caller's mistakes at once, and stays as it was", async () => {
    const { stream, client } = await stage.open({ retry: false });
    expect(() => stream.send({})).toThrow(TypeError);
    expect(() => stream.send({ data: '', id: '1\n2' })).toThrow(TypeError);
    expect(() => stream.comment(undefined as unknown as string)).toThrow(TypeError);
    expect(() => stream.close({ retry: -1 })).toThrow(RangeError);
    expect(stream.isOpen).toBe(true);
    stream.close();
    expect(await toldTo(client)).toEqual([]);
  });
});
