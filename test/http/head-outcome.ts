// What came of feeding chunks to a head parser, as one plain value that two feedings can be compared by.
// Sees to it that a refusal shows the octet that was sent at its offset. Overwrites every chunk as soon as the parser asked for more: what it still needs it has to have copied.
import { EXCERPT_REACH } from '../../src/bytes/index.ts';
import {
  HeadProgress,
  type HttpRefusal,
  HttpRefusals,
  RequestHeadParser,
  ResponseHeadParser,
} from '../../src/http/index.ts';
import { cuttingsOf } from './cuttings.ts';

/** What came of it. */
export type HeadOutcome =
  | { readonly is: 'incomplete' }
  | { readonly is: 'refused'; readonly refusal: HttpRefusal; readonly at: number }
  | {
      readonly is: 'complete';
      readonly startLine: Readonly<Record<string, string | number>>;
      readonly fields: readonly string[];
      readonly raw: string;
      readonly rest: string;
    };

type Parser = RequestHeadParser | ResponseHeadParser;

/** Feeds chunks until the parser has enough. */
export function feed(parser: Parser, chunks: readonly Buffer[]): HeadOutcome {
  const sent = Buffer.concat(chunks);
  for (let i = 0; i < chunks.length; i++) {
    const chunk = chunks[i]!;
    const progress = parser.push(chunk);
    if (progress === HeadProgress.Refused) {
      checkExcerpt(parser, sent);
      return { is: 'refused', refusal: parser.refusal, at: parser.refusalOffset };
    }
    if (progress === HeadProgress.Complete) {
      const { fields, ...startLine } = parser.head;
      const rest = Buffer.concat([parser.rest, ...chunks.slice(i + 1)]);
      return {
        is: 'complete',
        startLine: { ...startLine },
        fields: fields.raw(),
        raw: parser.raw.toString('latin1'),
        rest: rest.toString('latin1'),
      };
    }
    chunk.fill(0);
  }
  return { is: 'incomplete' };
}

/** A limit is refused at the first octet that would be too many, which is not read. */
const NOT_READ: readonly HttpRefusal[] = [HttpRefusals.HeadTooLarge, HttpRefusals.RequestLineTooLong];

function checkExcerpt({ refusal, refusalOffset, refusalExcerpt: { bytes, index, of } }: Parser, sent: Buffer): void {
  const start = refusalOffset - index;
  const isRight =
    of === 'head' &&
    bytes.equals(sent.subarray(start, start + bytes.length)) &&
    bytes.length <= 2 * EXCERPT_REACH + 1 &&
    index === (NOT_READ.includes(refusal) ? bytes.length : Math.min(EXCERPT_REACH, refusalOffset)) &&
    (index < bytes.length || NOT_READ.includes(refusal));
  if (!isRight) throw new Error(`${refusal.name} at ${refusalOffset} shows ${bytes.toString('hex')}, of it ${index}`);
}

/** The one outcome of all cuttings of `text`; throws when two cuttings differ. */
export function outcomeOf(text: string, makeParser: () => Parser): HeadOutcome {
  const [whole, ...cuttings] = cuttingsOf(Buffer.from(text, 'latin1'));
  const first = JSON.stringify(feed(makeParser(), whole!.chunks));
  for (const { name, chunks } of cuttings) {
    const outcome = JSON.stringify(feed(makeParser(), chunks));
    if (outcome !== first) throw new Error(`cut ${name}: ${outcome}, whole: ${first}`);
  }
  return JSON.parse(first) as HeadOutcome;
}

/** The outcome of a request, the same in all cuttings. */
export function requestOutcome(text: string, limits = {}): HeadOutcome {
  return outcomeOf(text, () => new RequestHeadParser(limits));
}

/** The outcome of a response, the same in all cuttings. */
export function responseOutcome(text: string, limits = {}): HeadOutcome {
  return outcomeOf(text, () => new ResponseHeadParser(limits));
}

/** What a refusal looks like, for `toEqual`. */
export function refused(refusal: HttpRefusal, at: number): HeadOutcome {
  return { is: 'refused', refusal: { ...refusal }, at };
}
