// Section 6: text is UTF-8 (RFC 6455 §8.1, RFC 3629). 6.5 and on are the classes of sequences that Markus Kuhn's stress
// test for decoders made known, built here from their definitions.
import { type Case, expectAnswers, judgeFailure, MOMENT, type Outcome, PATIENCE, text } from '../case.ts';
import { CONTINUATION, type Peer, TEXT } from '../peer.ts';

const FAIL = [1007];
const SECTION = 'RFC 6455 §8.1';

async function expectInvalid(peer: Peer): Promise<Outcome> {
  return judgeFailure(peer, await peer.ended(PATIENCE), FAIL, [], false);
}

/** A message in fragments of the given payloads. */
async function sendFragments(peer: Peer, parts: readonly Buffer[], chop = 0): Promise<void> {
  for (const [index, payload] of parts.entries()) {
    const frame = { opcode: index === 0 ? TEXT : CONTINUATION, fin: index === parts.length - 1, payload };
    await peer.send(frame, chop);
  }
}

const bytesOf = (data: Buffer): Buffer[] => [...data].map((byte) => Buffer.from([byte]));

const GREEK = Buffer.from('κόσμε');
const MIXED = Buffer.from('Hello-µ@ßöäüàá-UTF-8!!');
const INVALID = Buffer.concat([GREEK, Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('edited')]);

/** One message in the given fragments that is valid, or not. */
function message(id: string, title: string, parts: readonly Buffer[], valid: boolean): Case {
  return {
    id,
    title,
    section: SECTION,
    run: async (peer) => {
      await sendFragments(peer, parts);
      return valid ? expectAnswers(peer, [text(Buffer.concat(parts))]) : expectInvalid(peer);
    },
  };
}

/** 6.4: the connection has to fail at the bad byte, before the message is whole. */
function failFast(id: string, title: string, parts: readonly [Buffer, Buffer, Buffer], inOneFrame: boolean): Case {
  return {
    id,
    title,
    section: SECTION,
    run: async (peer) => {
      const [before, bad, rest] = parts;
      if (inOneFrame) {
        // The header announces everything; the payload stops behind the bad byte.
        const { encodeFrame } = await import('../wire.ts');
        const whole = encodeFrame({ opcode: TEXT, payload: Buffer.concat(parts) }, peer.masks);
        const cut = whole.length - rest.length;
        await peer.sendRaw(whole.subarray(0, cut - bad.length));
        await peer.sendRaw(whole.subarray(cut - bad.length, cut));
        const failed = await peer.until(() => peer.end !== undefined || peer.closeSeen, MOMENT);
        if (!failed) await peer.sendRaw(whole.subarray(cut));
        return judged(peer, failed);
      }
      await peer.send({ opcode: TEXT, fin: false, payload: before });
      await peer.send({ opcode: CONTINUATION, fin: false, payload: bad });
      const failed = await peer.until(() => peer.end !== undefined || peer.closeSeen, MOMENT);
      if (!failed) await peer.send({ opcode: CONTINUATION, payload: rest });
      return judged(peer, failed);
    },
  };
}

async function judged(peer: Peer, failedFast: boolean): Promise<Outcome> {
  const outcome = await expectInvalid(peer);
  if (outcome.verdict !== 'OK' || failedFast) return outcome;
  return { verdict: 'NON-STRICT', remark: 'failed only when the message was whole' };
}

const SURROGATE = Buffer.from([0xed, 0xa0, 0x80]);
const BEYOND = Buffer.from([0xf4, 0x90, 0x80, 0x80]);
const EDITED = Buffer.from('edited');

const basics: Case[] = [
  message('6.1.1', 'an empty text message', [Buffer.alloc(0)], true),
  message('6.1.2', 'three empty fragments', [Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0)], true),
  message('6.1.3', 'an empty fragment, one with text, an empty one', [Buffer.alloc(0), MIXED, Buffer.alloc(0)], true),
  message('6.2.1', 'text in one frame', [MIXED], true),
  message('6.2.2', 'in two fragments cut between characters', [MIXED.subarray(0, 12), MIXED.subarray(12)], true),
  message('6.2.3', 'in fragments of one byte', bytesOf(MIXED), true),
  message('6.2.4', 'Greek in fragments of one byte', bytesOf(GREEK), true),
  message('6.3.1', 'a surrogate in one frame', [INVALID], false),
  message('6.3.2', 'a surrogate in fragments of one byte', bytesOf(INVALID), false),
  failFast('6.4.1', 'a surrogate in the second of three fragments', [GREEK, SURROGATE, EDITED], false),
  failFast('6.4.2', 'a character beyond U+10FFFF there', [GREEK, BEYOND, EDITED], false),
  failFast('6.4.3', 'a surrogate in the middle of one frame', [GREEK, SURROGATE, EDITED], true),
  failFast('6.4.4', 'a character beyond U+10FFFF there', [GREEK, BEYOND, EDITED], true),
];

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const valid = (list: readonly Buffer[]): (readonly [Buffer, boolean])[] => list.map((bytes) => [bytes, true] as const);
const invalid = (list: readonly string[]): (readonly [Buffer, boolean])[] =>
  list.map((digits) => [hex(digits), false] as const);
/** Lead bytes without what has to follow, a space behind each. */
const lonely = (from: number, to: number): string =>
  range(from, to)
    .map((byte) => `${byte.toString(16)} 20`)
    .join(' ');
const codePoint = (value: number): Buffer => Buffer.from(String.fromCodePoint(value));

const ALL_CONTINUATIONS = range(0x80, 0xbf).map((byte) => byte.toString(16));
/** Each is missing its last byte: the shortest and the longest of every length. */
const TRUNCATED = [
  'c0',
  'e0 80',
  'f0 80 80',
  'f8 80 80 80',
  'fc 80 80 80 80',
  'df',
  'ef bf',
  'f7 bf bf',
  'fb bf bf bf',
  'fd bf bf bf bf',
];
const HIGH = ['ed a0 80', 'ed ad bf', 'ed ae 80', 'ed af bf'];
const LOW = ['ed b0 80', 'ed bf bf'];

/** 6.5 to 6.23 in their order: what the group shows, and its sequences. */
const GROUPS: readonly (readonly [title: string, sequences: readonly (readonly [Buffer, boolean])[]])[] = [
  [
    'valid text',
    valid([
      Buffer.from('hello$world'),
      Buffer.from('hello¢world'),
      Buffer.from('hello€world'),
      Buffer.from('hello𤭢world'),
      hex('ce ba e1 bd b9 cf 83 ce bc ce b5'),
    ]),
  ],
  ['every beginning of a valid text', prefixes(hex('ce ba e1 bd b9 cf 83 ce bc ce b5'))],
  ['the first character of each length', valid([hex('00'), hex('c2 80'), hex('e0 a0 80'), hex('f0 90 80 80')])],
  ['the first of lengths that do not exist', invalid(['f8 88 80 80 80', 'fc 84 80 80 80 80'])],
  ['the last character of each length', valid([hex('7f'), hex('df bf'), hex('ef bf bf'), hex('f4 8f bf bf')])],
  ['the last of lengths that do not exist', invalid(['f7 bf bf bf', 'fb bf bf bf bf', 'fd bf bf bf bf bf'])],
  [
    'other boundaries',
    [...valid([hex('ed 9f bf'), hex('ee 80 80'), hex('ef bf bd'), hex('f4 8f bf bf')]), ...invalid(['f4 90 80 80'])],
  ],
  [
    'continuation bytes of nothing',
    invalid([
      '80',
      'bf',
      '80 bf',
      '80 bf 80',
      '80 bf 80 bf',
      '80 bf 80 bf 80',
      '80 bf 80 bf 80 bf',
      ALL_CONTINUATIONS.join(' '),
    ]),
  ],
  [
    'lead bytes of nothing',
    invalid([lonely(0xc0, 0xdf), lonely(0xe0, 0xef), lonely(0xf0, 0xf7), lonely(0xf8, 0xfb), lonely(0xfc, 0xfd)]),
  ],
  ['characters without their last byte', invalid(TRUNCATED)],
  ['all of these in a row', invalid([TRUNCATED.join(' ')])],
  ['bytes that never occur', invalid(['fe', 'ff', 'fe fe ff ff'])],
  ['an overlong slash', invalid(['c0 af', 'e0 80 af', 'f0 80 80 af', 'f8 80 80 80 af', 'fc 80 80 80 80 af'])],
  ['the longest overlong forms', invalid(['c1 bf', 'e0 9f bf', 'f0 8f bf bf', 'f8 87 bf bf bf', 'fc 83 bf bf bf bf'])],
  ['overlong NULs', invalid(['c0 80', 'e0 80 80', 'f0 80 80 80', 'f8 80 80 80 80', 'fc 80 80 80 80 80'])],
  ['single surrogates', invalid([...HIGH, 'ed b0 80', 'ed be 80', 'ed bf bf'])],
  ['paired surrogates', invalid(HIGH.flatMap((high) => LOW.map((low) => `${high} ${low}`)))],
  [
    'code points that are no characters',
    valid(range(0, 16).flatMap((plane) => [codePoint(plane * 0x10000 + 0xfffe), codePoint(plane * 0x10000 + 0xffff)])),
  ],
  ['specials', valid(range(0xfff9, 0xffff).map(codePoint))],
];

/** Those that end between characters are valid. */
function prefixes(whole: Buffer): (readonly [Buffer, boolean])[] {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return range(1, whole.length).map((length) => {
    const prefix = whole.subarray(0, length);
    try {
      decoder.decode(prefix);
      return [prefix, true] as const;
    } catch {
      return [prefix, false] as const;
    }
  });
}

const FIRST_GROUP = 5;

const sequences: Case[] = GROUPS.flatMap(([title, list], group) =>
  list.map(([bytes, isValid], index) =>
    message(
      `6.${FIRST_GROUP + group}.${index + 1}`,
      `${title}: ${bytes.length > 16 ? `${bytes.length} bytes` : bytes.toString('hex')}`,
      [bytes],
      isValid,
    ),
  ),
);

export const utf8: readonly Case[] = [...basics, ...sequences];
