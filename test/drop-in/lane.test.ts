// One message at a time, in order, and never an answer inside the call.
import { describe, expect, it } from 'vitest';
import { type Done, Lane } from '../../src/drop-in/lane.ts';

/** A machine that is worked by hand. */
function machine(): { lane: Lane; taken: string[]; done: Done[] } {
  const taken: string[] = [];
  const done: Done[] = [];
  const lane = new Lane((payload, callback) => {
    taken.push(String(payload));
    done.push(callback);
  });
  return { lane, taken, done };
}

/** The turn in which a lane starts its machine. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('a lane', () => {
  it('starts its machine in a later turn', async () => {
    const { lane, taken } = machine();
    lane.add(Buffer.from('one'), true, () => {});
    expect(taken).toEqual([]);
    await turn();
    expect(taken).toEqual(['one']);
  });

  it('gives the machine the next message when it has answered the last', async () => {
    const { lane, taken, done } = machine();
    const seen: unknown[] = [];
    for (const name of ['one', 'two']) lane.add(Buffer.from(name), true, (...answer) => seen.push([name, ...answer]));
    await turn();
    expect(taken).toEqual(['one']);
    done[0]?.(null, Buffer.from('ONE'));
    await turn();
    expect(taken).toEqual(['one', 'two']);
    done[1]?.(new Error('no'));
    expect(seen).toEqual([
      ['one', null, Buffer.from('ONE')],
      ['two', new Error('no')],
    ]);
  });

  it('joins the parts of a message, and answers each of them in its turn', async () => {
    const { lane, taken, done } = machine();
    const seen: string[] = [];
    const told =
      (name: string): Done =>
      (_, data) =>
        seen.push(`${name}: ${data}`);
    lane.add(Buffer.from('first'), true, told('first'));
    lane.add(Buffer.from('a'), false, told('a'));
    lane.add(Buffer.from('b'), false, told('b'));
    lane.add(Buffer.from('c'), true, told('c'));
    await turn();
    expect(seen).toEqual([]);
    done[0]?.(null, Buffer.from('FIRST'));
    await turn();
    expect(taken).toEqual(['first', 'abc']);
    done[1]?.(null, Buffer.from('ABC'));
    expect(seen).toEqual(['first: FIRST', 'a: ', 'b: ', 'c: ABC']);
  });

  it('takes new messages from those who are being answered', async () => {
    const { lane, taken, done } = machine();
    lane.add(Buffer.from('one'), true, () => lane.add(Buffer.from('two'), true, () => {}));
    await turn();
    done[0]?.(null, Buffer.alloc(0));
    await turn();
    expect(taken).toEqual(['one', 'two']);
  });

  it('tells everybody when it is abandoned, and forgets what the machine says afterwards', async () => {
    const { lane, taken, done } = machine();
    const seen: unknown[] = [];
    for (const name of ['one', 'two']) lane.add(Buffer.from(name), true, (error) => seen.push([name, error?.message]));
    lane.add(Buffer.from('part'), false, (error) => seen.push(['part', error?.message]));
    await turn();
    lane.abandon(new Error('over'));
    done[0]?.(null, Buffer.from('late'));
    await turn();
    expect(seen).toEqual([
      ['one', 'over'],
      ['two', 'over'],
      ['part', 'over'],
    ]);
    expect(taken).toEqual(['one']);
  });

  it('begins anew after that, without the parts from before', async () => {
    const { lane, taken } = machine();
    lane.add(Buffer.from('old'), false, () => {});
    lane.abandon(new Error('over'));
    lane.add(Buffer.from('new'), true, () => {});
    await turn();
    expect(taken).toEqual(['new']);
  });
});
