// The parts of the demo page that need no document, in Node: what they are promised to do, whatever they are given.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventStreamParser } from '../../src/eventstream/index.ts';

interface Block {
  readonly text: string;
  readonly event: string;
  readonly data: string | undefined;
  readonly retry: number | undefined;
}
interface Place {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}
interface Check {
  readonly received: number;
  readonly duplicates: number;
  readonly gaps: number;
  readonly lost: number;
  begin(id: string): void;
  judge(id: string): number;
  gap(id: string): void;
}

/** What browsers load: JavaScript without types. */
const load = (name: string): Promise<unknown> => import(new URL(`../../src/app/page/${name}`, import.meta.url).href);
const { EventStreamBlocks } = (await load('event-stream-blocks.js')) as {
  EventStreamBlocks: new () => { push(text: string): Block[] };
};
const { membersAt, elementsAt } = (await load('json-places.js')) as {
  membersAt(text: string, at: number): Place[];
  elementsAt(text: string, at: number): Place[];
};
const { OffsetCheck } = (await load('offset-check.js')) as { OffsetCheck: new () => Check };
const streams = fc
  .array(
    fc.constantFrom(
      'data: x',
      'data:y',
      'event: A',
      'id: 1',
      'retry: 10',
      ': note',
      '\n',
      '\r\n',
      '\r',
      '\n\n',
      '\r\n\r\n',
    ),
    {
      maxLength: 30,
    },
  )
  .map((parts) => parts.join(''));

describe('an event stream in blocks', () => {
  test('is the same wherever it is cut, and not a character is lost', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(3), { maxLength: 100 }), (stream, sizes) => {
        // A CR at the very end may be half of a CRLF: what comes next tells.
        const text = `${stream}\n\n:`;
        const whole = new EventStreamBlocks().push(text);
        const cut = new EventStreamBlocks();
        const blocks: Block[] = [];
        let at = 0;
        for (const size of sizes) {
          blocks.push(...cut.push(text.slice(at, at + size)));
          at += size;
        }
        blocks.push(...cut.push(text.slice(at)));
        expect(blocks).toEqual(whole);
        const taken = blocks.map((block) => block.text).join('');
        expect(text.startsWith(taken)).toBe(true);
        expect(text.slice(taken.length)).toMatch(/^[\r\n]*:$/);
      }),
    );
  });

  test('says what the parser of this project reads in it', () => {
    fc.assert(
      fc.property(streams, (stream) => {
        const text = `${stream}\n\n`;
        const events: [string, string][] = [];
        const parser = new EventStreamParser({
          onEvent: (type, data) => events.push([type, data]),
          onRetry: () => {},
          onViolation: () => {},
        });
        parser.push(Buffer.from(text));
        const blocks = new EventStreamBlocks().push(text);
        const told = blocks.filter(({ data }) => data !== undefined && data !== '');
        expect(told.map(({ event, data }) => [event, data])).toEqual(events.filter(([, data]) => data !== ''));
      }),
    );
  });
});

describe('the places of JSON', () => {
  test('are those of its values, however it is written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const members = membersAt(text, 0).map(({ name, offset, length }) => [
          name,
          JSON.parse(text.slice(offset, offset + length)) as unknown,
        ]);
        expect(members).toEqual(Object.entries(JSON.parse(text) as object));
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const elements = elementsAt(text, 0).map(
          ({ offset, length }) => JSON.parse(text.slice(offset, offset + length)) as unknown,
        );
        expect(elements).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('the check of offsets', () => {
  test('counts every loss and every repetition, and an announced gap is neither', () => {
    const steps = fc.array(fc.constantFrom('next', 'skip', 'repeat', 'gap'), { maxLength: 50 });
    fc.assert(
      fc.property(steps, (taken) => {
        const check = new OffsetCheck();
        const expected = { received: 0, duplicates: 0, gaps: 0, lost: 0 };
        let offset = 5;
        check.begin(`e-${offset}`);
        for (const step of taken) {
          if (step === 'gap') {
            offset += 4;
            check.gap(`e-${offset}`);
            expected.gaps++;
          } else if (step === 'repeat') {
            expect(check.judge(`e-${offset}`)).toBe(-1);
            expected.duplicates++;
          } else {
            const missing = step === 'skip' ? 2 : 0;
            offset += missing + 1;
            expect(check.judge(`e-${offset}`)).toBe(missing);
            expected.received++;
            expected.lost += missing;
          }
        }
        const { received, duplicates, gaps, lost } = check;
        expect({ received, duplicates, gaps, lost }).toEqual(expected);
      }),
    );
  });

  test('another log, of which nobody told, is a loss', () => {
    const check = new OffsetCheck();
    check.begin('a-7');
    expect(check.judge('b-1')).toBe(1);
    expect(check.judge('b-2')).toBe(0);
    check.gap('c-0');
    expect(check.judge('c-1')).toBe(0);
  });
});
