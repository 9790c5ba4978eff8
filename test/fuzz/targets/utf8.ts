// Target: the validator of text, in pieces and whole. Oracles: RFC 3629's grammar tried rule by rule, and the platform's
// TextDecoder.
import { indexOfBadByte, isWholeUtf8, NO_BAD_BYTE, Utf8Validator } from '../../../src/bytes/utf8.ts';
import { PIECES, slowVerdict } from '../../bytes/slow-utf8.ts';
import { cutInput, inputOf } from '../cut-input.ts';
import { type FuzzTarget, require, requireSame } from '../fuzz-target.ts';

function decodes(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function check(input: Buffer): string {
  const { body, chunks } = cutInput(input);
  const validator = new Utf8Validator();
  let before = 0;
  let bad = NO_BAD_BYTE;
  for (const chunk of chunks) {
    const index = validator.push(chunk, 0, chunk.length);
    if (index !== NO_BAD_BYTE) {
      bad = before + index;
      break;
    }
    before += chunk.length;
  }
  const slow = slowVerdict(body);
  requireSame(bad, slow.bad, 'the first bad byte is the one the grammar says');
  const isGood = slow.bad === -1 && slow.complete;
  if (bad === NO_BAD_BYTE) require(validator.complete === slow.complete, 'the end of a character is the grammar’s');
  require(isWholeUtf8(body) === isGood, 'whole text is judged as in pieces');
  require(decodes(body) === isGood, 'TextDecoder agrees');
  const last = slow.complete || slow.bad !== -1 ? slow.bad : body.length - 1;
  requireSame(indexOfBadByte(body), last, 'the index of the bad byte');
  return `${isGood} ${slow.complete} ${Math.min(bad, 60)} ${chunks.length > 1}`;
}

const words = PIECES;

export const utf8: FuzzTarget = {
  name: 'utf8',
  seeds: [
    ...words.map((piece) => inputOf(piece, 0, [1])),
    inputOf(Buffer.concat(words.slice(0, 14)), 0, [2, 3]),
    // Long enough for the platform's own validator, which judges whole pieces.
    inputOf(Buffer.from(`${'a'.repeat(60)}€${'é'.repeat(40)}😀${'z'.repeat(70)}`), 0, [61, 49]),
    inputOf(Buffer.from('😀'.repeat(60)), 0, [50, 51, 53]),
  ],
  dictionary: [...words, Buffer.alloc(48, 0x61), Buffer.from('é'.repeat(24))],
  check,
};
