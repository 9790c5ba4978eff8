// What is said in a turn leaves in one write, in pieces that a sink can tell about, in order; nothing is lost or repeated.
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Outflow, type OutflowOwner } from '../../src/sse/outflow.ts';
import { Outcome } from '../../src/sse/sink.ts';
import { FakeSink, settled } from './fake-sink.ts';

const PIECE = 131_072;

describe('an outflow', () => {
  let sink: FakeSink;
  let told: string[];
  let outflow: Outflow;
  beforeEach(() => {
    sink = new FakeSink();
    told = [];
    const owner: OutflowOwner = {
      wasWritten: () => told.push('written'),
      isWaiting: () => told.push('waiting'),
      isBlocked: () => told.push('blocked'),
      wasTaken: () => told.push('taken'),
      wasDrained: () => told.push('drained'),
      isGone: (finished) => told.push(finished ? 'finished' : 'gone'),
    };
    outflow = new Outflow(sink, owner);
    sink.start(outflow);
  });

  it('joins what is said in one turn to one write', async () => {
    for (const word of ['a', 'b', 'c']) outflow.add(Buffer.from(word));
    expect([sink.writes.length, outflow.bufferedAmount]).toEqual([0, 3]);
    await settled();
    expect(sink.writes.map(String)).toEqual(['abc']);
    expect([outflow.bufferedAmount, told]).toEqual([0, ['written']]);
  });

  it('hands the very same bytes to all that say the same', async () => {
    const words = ['x', 'y'].map((word) => Buffer.from(word));
    for (const word of words) outflow.add(word);
    const twin = new FakeSink();
    const second = new Outflow(twin, { wasWritten() {} } as unknown as OutflowOwner);
    for (const word of words) second.add(word);
    await settled();
    expect(twin.writes[0]).toBe(sink.writes[0]);
  });

  it('says nothing more while the sink is full, and all of it in pieces when there is room', async () => {
    sink.outcome = Outcome.Full;
    outflow.add(Buffer.from('first'));
    await settled();
    expect([outflow.blocked, told]).toEqual([true, ['written', 'blocked']]);
    const much = Buffer.alloc(2 * PIECE + 1, 'm');
    outflow.add(much);
    outflow.add(Buffer.from('last'));
    await settled();
    expect([sink.writes.length, outflow.bufferedAmount]).toEqual([1, 5 + much.length + 4]);
    sink.take();
    outflow.onRoom();
    expect(sink.writes.map((bytes) => bytes.length)).toEqual([5, PIECE, PIECE, 1, 4]);
    expect(sink.text).toBe(`first${much}last`);
    // Nobody had said that it was full.
    outflow.onRoom();
  });

  it('tells of a drain once, when the sink says that all has been taken', async () => {
    sink.outcome = Outcome.Waiting;
    outflow.add(Buffer.from('a'));
    outflow.wantDrain();
    await settled();
    outflow.wantDrain();
    await settled();
    expect([sink.calls, told]).toEqual([['awaitTaken'], ['written', 'waiting', 'blocked']]);
    expect(outflow.isAwaited).toBe(true);
    sink.take();
    outflow.onTaken();
    expect(told.slice(3)).toEqual(['taken', 'drained']);
    outflow.onTaken();
    expect(told.filter((each) => each === 'drained')).toHaveLength(1);
  });

  it('can be relieved in the middle of a turn, and tells of a drain behind it', async () => {
    outflow.add(Buffer.from('a'));
    outflow.wantDrain();
    outflow.relieve();
    expect([sink.text, told]).toEqual(['a', ['written']]);
    await settled();
    expect(told).toEqual(['written', 'drained']);
  });

  it('ends the response behind everything, also when it has to wait for it', async () => {
    sink.outcome = Outcome.Full;
    outflow.add(Buffer.from('a'));
    await settled();
    outflow.add(Buffer.from('b'));
    outflow.end();
    await settled();
    expect(sink.calls).toEqual([]);
    sink.take();
    outflow.onRoom();
    expect([sink.text, sink.calls, told.at(-1)]).toEqual(['ab', ['end'], 'blocked']);
    outflow.onGone(true);
    expect(told.at(-1)).toBe('finished');
  });

  it('says nothing when it is closed', async () => {
    outflow.add(Buffer.from('a'));
    outflow.close();
    expect(outflow.bufferedAmount).toBe(0);
    await settled();
    expect([sink.writes, told]).toEqual([[], []]);
  });

  it('loses and repeats nothing, in any order of saying and taking', async () => {
    const step = fc.oneof(
      fc.integer({ min: 1, max: 40_000 }),
      fc.constantFrom('turn' as const, 'full' as const, 'waiting' as const, 'room' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const sink = new FakeSink();
        const nothing = (): void => {};
        const owner: OutflowOwner = {
          wasWritten: nothing,
          isWaiting: nothing,
          isBlocked: nothing,
          wasTaken: nothing,
          wasDrained: nothing,
          isGone: nothing,
        };
        const outflow = new Outflow(sink, owner);
        const said: Buffer[] = [];
        for (const [index, each] of steps.entries()) {
          if (typeof each === 'number') {
            const bytes = Buffer.alloc(each, index);
            said.push(bytes);
            outflow.add(bytes);
          } else if (each === 'turn') await settled();
          else if (each === 'full') sink.outcome = Outcome.Full;
          else if (each === 'waiting') sink.outcome = Outcome.Waiting;
          else {
            sink.take();
            outflow.onRoom();
          }
        }
        do {
          sink.take();
          outflow.onRoom();
          await settled();
        } while (outflow.blocked);
        expect(Buffer.concat(sink.writes).equals(Buffer.concat(said))).toBe(true);
        expect(outflow.bufferedAmount).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
