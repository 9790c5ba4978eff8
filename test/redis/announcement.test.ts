// What Redis carries of an event is read back as it was, and garbage is nothing.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANNOUNCEMENT, readAnnouncement, readBody, writeBody } from '../../src/redis/announcement.ts';

const anyText = fc.string({ unit: 'binary' });
const epochs = fc.stringMatching(/^[0-9a-f]{1,64}$/);
const offsets = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const times = fc.nat({ max: 8.64e15 });

/** As the script of an append writes it. */
function announce(epoch: string, offset: number | string, time: number | string, body: string): string {
  return `${ANNOUNCEMENT} ${epoch} ${offset} ${time}\n${body}`;
}

describe('a body', () => {
  test('is read back as it was written, whoever it is not for', () => {
    fc.assert(
      fc.property(anyText, fc.option(anyText, { nil: undefined }), (data, except) => {
        expect(readBody(writeBody(data, except))).toEqual({ data, except });
      }),
    );
  });

  test('has its first line end where the data begins, whatever the name of the member', () => {
    expect(writeBody('{}', undefined)).toBe('\n{}');
    expect(writeBody('{}', 'a\nb')).toBe('"a\\nb"\n{}');
    // UTF-8 has no lone surrogate: on the way it would become another name.
    expect(writeBody('{}', '\ud800')).toBe('"\\ud800"\n{}');
  });

  test.each(['', 'ada', '"ada"', 'ada\n{}', '1\n{}', 'null\n{}', '{"a":1}\n{}'])('%j is none', (text) => {
    expect(readBody(text)).toBeUndefined();
  });
});

describe('an announcement', () => {
  test('is read back as the script writes it', () => {
    fc.assert(
      fc.property(epochs, offsets, times, anyText, fc.option(anyText, { nil: undefined }), (...parts) => {
        const [epoch, offset, time, data, except] = parts;
        const read = readAnnouncement(announce(epoch, offset, time, writeBody(data, except)));
        expect(read).toEqual({ epoch, event: { offset, time, data, except } });
      }),
    );
  });

  test('that is garbage is nothing, and nothing is thrown', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(readAnnouncement(text)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const read = readAnnouncement(`${ANNOUNCEMENT} ${text}`);
        if (read !== undefined) expect(Number.isSafeInteger(read.event.offset)).toBe(true);
      }),
    );
  });

  test.each([
    ['another word', 'sluice2 ab 1 1\n\n{}'],
    ['no epoch', announce('', 1, 1, '\n{}')],
    ['an epoch that is too long', announce('a'.repeat(65), 1, 1, '\n{}')],
    ['offset 0', announce('ab', 0, 1, '\n{}')],
    ['an offset with a sign', announce('ab', '+1', 1, '\n{}')],
    ['an offset that is no safe number', announce('ab', '9007199254740992', 1, '\n{}')],
    ['no time', announce('ab', 1, '', '\n{}')],
    ['no body', `${ANNOUNCEMENT} ab 1 1`],
    ['a body that is none', announce('ab', 1, 1, 'ada\n{}')],
    ['something before it', ` ${announce('ab', 1, 1, '\n{}')}`],
  ])('with %s is none', (_, text) => {
    expect(readAnnouncement(text)).toBeUndefined();
  });
});
