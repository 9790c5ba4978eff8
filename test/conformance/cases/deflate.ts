// Sections 12 and 13: permessage-deflate with many kinds of data and many agreements (RFC 7692).
import { binary, type Case, type DeflateOffer, expectAnswers, failed, type Outcome, PATIENCE, text } from '../case.ts';
import { type Corpus, corpora, pieceOf, randomFrom } from '../corpora.ts';
import { BINARY, type Peer, type PeerEvent, TEXT } from '../peer.ts';

const SECTION = 'RFC 7692 §7';
/** How many messages make a case in full; `messages` of the runner may ask for fewer. */
export const FULL_MESSAGES = 1_000;
/** Bytes on the way at one time. */
const WINDOW = 262_144;

/** Length of the messages, and of the fragments they are sent in; 0 for one frame each. */
const SHAPES: readonly (readonly [length: number, fragment: number])[] = [
  [16, 0],
  [64, 0],
  [256, 0],
  [1_024, 0],
  [4_096, 0],
  [8_192, 0],
  [16_384, 0],
  [32_768, 0],
  [65_536, 0],
  [131_072, 0],
  [8_192, 256],
  [16_384, 256],
  [32_768, 256],
  [65_536, 256],
  [131_072, 256],
  [131_072, 1_024],
  [131_072, 4_096],
  [131_072, 32_768],
];

const PLAIN: DeflateOffer = { noContextTakeover: false, windowBits: 0 };
/** 13.1 to 13.7: what is asked of both directions; several are alternatives, the best one first. */
const AGREEMENTS: readonly (readonly DeflateOffer[])[] = [
  [PLAIN],
  [{ noContextTakeover: true, windowBits: 0 }],
  [{ noContextTakeover: false, windowBits: 9 }],
  [{ noContextTakeover: false, windowBits: 15 }],
  [{ noContextTakeover: true, windowBits: 9 }],
  [{ noContextTakeover: true, windowBits: 15 }],
  [{ noContextTakeover: true, windowBits: 9 }, { noContextTakeover: true, windowBits: 0 }, PLAIN],
];

async function exchange(
  peer: Peer,
  corpus: Corpus,
  length: number,
  fragment: number,
  messages: number,
): Promise<Outcome> {
  if (!peer.compresses) return { verdict: 'UNIMPLEMENTED', remark: 'permessage-deflate was declined' };
  const random = randomFrom(length + fragment);
  const opcode = corpus.isText ? TEXT : BINARY;
  const expected: PeerEvent[] = [];
  const inFlight = Math.max(1, Math.floor(WINDOW / length));
  for (let count = 0; count < messages; count++) {
    const piece = pieceOf(corpus, length, random);
    expected.push(corpus.isText ? text(piece) : binary(piece));
    await peer.sendMessage(opcode, piece, fragment);
    const least = count - inFlight;
    if (!(await peer.until(() => peer.events.length > least, PATIENCE))) return failed(`echo ${least} did not come`);
  }
  return expectAnswers(peer, expected);
}

function cases(
  prefix: string,
  corpus: Corpus,
  offers: readonly DeflateOffer[],
  what: string,
  messages: number,
): Case[] {
  return SHAPES.map(([length, fragment], index) => ({
    id: `${prefix}.${index + 1}`,
    title: `${messages} messages of ${length} bytes of ${what}${fragment ? ` in fragments of ${fragment}` : ''}`,
    section: SECTION,
    offers,
    run: (peer) => exchange(peer, corpus, length, fragment, messages),
  }));
}

function describe(offers: readonly DeflateOffer[]): string {
  return offers
    .map(({ noContextTakeover, windowBits }) => {
      const takeover = noContextTakeover ? 'without context takeover' : 'with context takeover';
      return windowBits === 0 ? takeover : `${takeover}, windows of ${windowBits} bits`;
    })
    .join(', or ');
}

/** Both sections, with so many messages in each case. */
export function compressed(messages: number): readonly Case[] {
  return [
    ...corpora.flatMap((corpus, index) => cases(`12.${index + 1}`, corpus, [PLAIN], corpus.name, messages)),
    ...AGREEMENTS.flatMap((offers, index) => {
      const corpus = corpora[0] as Corpus;
      return cases(`13.${index + 1}`, corpus, offers, `${corpus.name}, ${describe(offers)}`, messages);
    }),
  ];
}
