// The body of an answer: what was JSON before is read back as it was, within limits.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBatch, type PollMessage } from '../../src/poll/batch.ts';

const message = (value: unknown, cursor: string): PollMessage => ({ json: JSON.stringify(value), cursor });
const read = (body: Buffer): unknown => JSON.parse(body.toString());

describe('a batch', () => {
  it('is read back as what it was made of', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.jsonValue(), fc.string(), fc.boolean()), { maxLength: 20 }),
        fc.option(fc.string()),
        fc.boolean(),
        fc.nat(),
        (values, cursor, gap, timestamp) => {
          const messages = values.map(([value, at, isEncoded]) => {
            const json = JSON.stringify(value);
            return { json: isEncoded ? Buffer.from(json) : json, cursor: at };
          });
          const batch = encodeBatch({ messages, cursor, gap, timestamp });
          const expected = values.map(([value]) => JSON.parse(JSON.stringify(value)));
          expect(read(batch.body)).toEqual({ messages: expected, cursor, gap, timestamp });
          expect([batch.count, batch.cursor]).toEqual([values.length, cursor]);
        },
      ),
    );
  });

  it('has no gap where nobody says so, and the time of now', () => {
    const before = Date.now();
    const { gap, timestamp } = read(encodeBatch({ messages: [], cursor: null }).body) as Record<string, number>;
    expect(gap).toBe(false);
    expect(timestamp).toBeGreaterThanOrEqual(before);
    expect(timestamp).toBeLessThanOrEqual(Date.now());
  });

  it('holds maxMessages and not one more, and tells the cursor of the last', () => {
    const messages = Array.from({ length: 101 }, (_, index) => message(index, String(index)));
    const { count, cursor, body } = encodeBatch({ messages, cursor: 'end' });
    expect([count, cursor]).toEqual([100, '99']);
    expect(read(body)).toMatchObject({ cursor: '99' });
    const { count: all, cursor: end } = encodeBatch({ messages: messages.slice(0, 100), cursor: 'end' });
    expect([all, end]).toEqual([100, 'end']);
  });

  it('holds maxBatchSize bytes of messages and not one more', () => {
    // "éé" has six bytes with its quotation marks, a comma one.
    const messages = ['1', '2', '3'].map((cursor) => message('éé', cursor));
    expect(encodeBatch({ messages, cursor: '3' }, { maxBatchSize: 20 }).count).toBe(3);
    expect(encodeBatch({ messages, cursor: '3' }, { maxBatchSize: 19 })).toMatchObject({ count: 2, cursor: '2' });
  });

  it('holds one message however long it is', () => {
    const messages = [message('x'.repeat(300_000), '1'), message('y', '2')];
    expect(encodeBatch({ messages, cursor: '2' })).toMatchObject({ count: 1, cursor: '1' });
  });

  it('asks for no more messages than it needs, and one', () => {
    let asked = 0;
    function* endless(): Generator<PollMessage> {
      for (;;) yield message(asked, String(asked++));
    }
    expect(encodeBatch({ messages: endless(), cursor: null }, { maxMessages: 3 }).count).toBe(3);
    expect(asked).toBe(4);
  });

  it('refuses what is no JSON at all, and limits that let nothing through', () => {
    expect(() => encodeBatch({ messages: [{ json: '', cursor: '1' }], cursor: '1' })).toThrow(TypeError);
    const wrong = { json: {} as string, cursor: '1' };
    expect(() => encodeBatch({ messages: [wrong], cursor: '1' })).toThrow(TypeError);
    expect(() => encodeBatch({ messages: [], cursor: null }, { maxMessages: 0 })).toThrow(RangeError);
  });
});
