// The contests of the codec: everybody who takes part is right, and a contestant who is not is found out.
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { choiceContests } from '../../bench/codec/choices.mjs';
import { maskingContests } from '../../bench/codec/masking.mjs';
import { parsingContests } from '../../bench/codec/parsing.mjs';
import { codecTables } from '../../bench/codec/table.mjs';
import { isUtf8Plainly, textContests } from '../../bench/codec/text.mjs';
import { writingContests } from '../../bench/codec/writing.mjs';
import * as bytes from '../../src/bytes/index.ts';
import * as deflate from '../../src/deflate/index.ts';
import * as frame from '../../src/frame/index.ts';
import * as http from '../../src/http/index.ts';
import * as message from '../../src/message/index.ts';

const sluice = { frame, message, bytes, deflate, http };
const CONTESTS = [
  ...parsingContests(sluice),
  ...maskingContests(sluice),
  ...textContests(sluice),
  ...writingContests(sluice),
  ...choiceContests(sluice),
];

test.each(CONTESTS.map((contest) => [contest.title, contest] as const))('%s: all are right', (_, { contestants }) => {
  const all = contestants();
  expect(all.length).toBeGreaterThan(1);
  expect(all.reduce((sum, { check }) => sum + check(), 0)).toBeGreaterThan(0);
  for (const { run, counted, messages } of all) {
    const before = counted?.() ?? 0;
    run();
    if (counted !== undefined) expect(counted() - before).toBe(messages);
  }
});

test('a mask with a wrong byte is found out', () => {
  const wrong = {
    ...frame,
    mask: (target: Uint8Array, start: number, end: number, key: number) => frame.mask(target, start, end - 1, key),
  };
  const [ours] = maskingContests({ ...sluice, frame: wrong })[0]!.contestants();
  expect(() => ours!.check()).toThrow('the payload at offset 0 is wrong');
});

test('the oracle of UTF-8 agrees with that of the platform', () => {
  const piece = fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.string({ unit: 'grapheme', maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
      const text = Buffer.concat(pieces.map((each) => Buffer.from(each as string)));
      expect(isUtf8Plainly(text)).toBe(isUtf8(text));
    }),
  );
});

test('the table has a line for each contestant, with how many messages were checked', () => {
  const machine = { cpu: 'A', cores: 2, memory: 1, system: 'S', runtimes: ['Node v1'], date: 'D', load: 0 };
  const finding = { name: 'ours', mean: 12.34, fastest: 10, margin: 1.5, checked: 8, timed: 12_345 };
  const table = codecTables({ kind: 'codec', machine, contests: [{ title: 'mask 16 B', findings: [finding] }] });
  expect(table).toContain('| mask 16 B | ours | 12.3 | 10.0 | ± 1.5 % | 8 | 12,345 |');
});
