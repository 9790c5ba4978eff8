// Whether the fuzzer would notice: for each target a fault of the kind that others had is planted into what it reads with.
// It must be found within the inputs that CI reads, made small, kept, and found again from the file alone.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Utf8Validator } from '../../src/bytes/utf8.ts';
import { Inflater } from '../../src/deflate/inflater.ts';
import { ChunkedDecoder } from '../../src/http/chunked.ts';
import { FieldValueCursor } from '../../src/http/field-value.ts';
import { RequestHeadParser, ResponseHeadParser } from '../../src/http/head.ts';
import { Assembler } from '../../src/message/assembler.ts';
import { fuzz, minimise, read } from './fuzz.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { keep, kept } from './regressions.ts';
import { TARGETS } from './targets/index.ts';
import { utf8 } from './targets/utf8.ts';

/** What takes the faults out again. */
const repairs: (() => void)[] = [];

/** Puts something made of a method in its place. */
function plant<Part extends object, Name extends keyof Part>(
  part: Part,
  name: Name,
  make: (original: Part[Name]) => Part[Name],
): void {
  const original = part[name];
  part[name] = make(original);
  repairs.push(() => {
    part[name] = original;
  });
}

function repair(): void {
  for (const undo of repairs.splice(0)) undo();
  vi.restoreAllMocks();
}

const FAULTS: readonly [target: string, fault: string, plant: () => void][] = [
  [
    'frames',
    'a byte is lost where a payload is cut',
    () =>
      plant(
        Assembler.prototype,
        'onFramePart',
        (original) =>
          function (this: Assembler, chunk, start, end, remaining) {
            return original.call(this, chunk, start, remaining > 0 && end - start > 2 ? end - 1 : end, remaining);
          },
      ),
  ],
  [
    'frames',
    'a long length throws',
    () =>
      plant(
        Assembler.prototype,
        'onFrameHeader',
        (original) =>
          function (this: Assembler, opcode, fin, rsv1, length, start) {
            if (length > 2 ** 40) throw new RangeError('the length is not safe');
            return original.call(this, opcode, fin, rsv1, length, start);
          },
      ),
  ],
  ['frames', 'a violation is passed over', () => plant(Assembler.prototype, 'onViolation', () => () => {})],
  [
    'request-head',
    'a space at the end of a chunk is lost',
    () =>
      plant(
        RequestHeadParser.prototype,
        'push',
        (original) =>
          function (this: RequestHeadParser, chunk) {
            const isLost = chunk.length > 1 && chunk.at(-1) === 0x20;
            return original.call(this, isLost ? chunk.subarray(0, -1) : chunk);
          },
      ),
  ],
  [
    'response-head',
    'a NUL is a space',
    () =>
      plant(
        ResponseHeadParser.prototype,
        'push',
        (original) =>
          function (this: ResponseHeadParser, chunk) {
            return original.call(this, Buffer.from(chunk.map((octet) => (octet === 0 ? 0x20 : octet))));
          },
      ),
  ],
  [
    'extensions',
    'a backslash in a quoted string throws',
    () =>
      plant(
        FieldValueCursor.prototype,
        'quotedString',
        (original) =>
          function (this: FieldValueCursor) {
            if (this.text[this.at + 1] === '\\') throw new TypeError('not expected');
            return original.call(this);
          },
      ),
  ],
  [
    'subprotocols',
    'a tab is no whitespace',
    () =>
      plant(
        FieldValueCursor.prototype,
        'skipWhitespace',
        () =>
          function (this: FieldValueCursor) {
            while (this.text[this.at] === ' ') this.at++;
          },
      ),
  ],
  [
    'close-body',
    'the bad byte is the one before',
    () =>
      plant(
        Utf8Validator.prototype,
        'push',
        (original) =>
          function (this: Utf8Validator, bytes, start, end) {
            const bad = original.call(this, bytes, start, end);
            return bad > 0 ? bad - 1 : bad;
          },
      ),
  ],
  [
    'utf8',
    'text may end inside a character',
    () => void vi.spyOn(Utf8Validator.prototype, 'complete', 'get').mockReturnValue(true),
  ],
  [
    'inflater',
    'a byte more than the limit is let through',
    () =>
      plant(
        Inflater.prototype,
        'inflate',
        (original) =>
          function (this: Inflater, payload, maxLength, sink) {
            return original.call(this, payload, maxLength + 1, sink);
          },
      ),
  ],
  [
    'chunked-body',
    'what stands behind the body is taken too',
    () =>
      plant(
        ChunkedDecoder.prototype,
        'push',
        (original) =>
          function (this: ChunkedDecoder, chunk) {
            original.call(this, chunk);
            return chunk.length;
          },
      ),
  ],
];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-fuzz-'));
});

afterEach(() => {
  repair();
  rmSync(folder, { recursive: true, force: true });
});

test('every target has a planted fault', () => {
  expect(new Set(FAULTS.map(([target]) => target))).toEqual(new Set(TARGETS.map(({ name }) => name)));
});

test.each(FAULTS)('%s: %s', async (name, _fault, breakIt) => {
  const target = TARGETS.find((one) => one.name === name) as FuzzTarget;
  breakIt();
  const { finding } = await fuzz(target, { seed: 6455, goOn: (inputs) => inputs < 2000 });
  if (finding === undefined) throw new Error('the fault was not found');
  const smallest = await minimise(target, finding);
  expect(smallest.length).toBeLessThanOrEqual(finding.input.length);
  keep(folder, name, smallest, finding.error.message);

  const [regression] = kept(folder, name);
  expect(regression?.input).toEqual(smallest);
  expect(regression?.explanation).toBe(finding.error.message);
  expect(await read(target, smallest)).toBeInstanceOf(Error);
  repair();
  expect(await read(target, smallest)).toEqual(expect.any(String));
});

describe('the loop', () => {
  const words: FuzzTarget = {
    name: 'words',
    seeds: [Buffer.from('abc')],
    dictionary: [Buffer.from('boom')],
    check: (input) => {
      if (input.includes('boom')) throw new Error(`broken: no boom: in ${input.length} bytes`);
      return String(input.length);
    },
  };

  test('a finding is made as small as it gets', async () => {
    const { finding } = await fuzz(words, { seed: 1, goOn: (inputs) => inputs < 1000 });
    expect((await minimise(words, finding!)).toString()).toBe('boom');
  });

  test('the same seed gives the same inputs, another seed others', async () => {
    const run = async (seed: number): Promise<string> => {
      const inputs: string[] = [];
      await fuzz(utf8, {
        seed,
        goOn: (count) => count < 300,
        onInput: (input) => inputs.push(input.toString('hex')),
      });
      return inputs.join();
    };
    expect(await run(1)).toBe(await run(1));
    expect(await run(1)).not.toBe(await run(2));
  });

  test('a rejection is a finding like an exception', async () => {
    const rejecting: FuzzTarget = { ...words, check: () => Promise.reject(new Error('late')) };
    expect((await fuzz(rejecting, { seed: 1, goOn: () => true })).finding?.error.message).toBe('late');
  });

  test('nothing is kept where nothing was found', () => {
    expect(kept(folder, 'frames')).toEqual([]);
    expect(existsSync(join(folder, 'frames'))).toBe(false);
  });
});
