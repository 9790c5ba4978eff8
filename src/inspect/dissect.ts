// Any bytes of a connection to what they are: a head, or a frame; or, for a person at a terminal, all of them in a row.
// Pure: bytes in, values out. Never throws on what a peer sent.
import type { Dissection } from './dissection.ts';
import { dissectFrame, type FrameContext } from './frame-dissector.ts';
import { contextOfRequest, dissectHead, type HeadContext, looksLikeHead } from './head-dissector.ts';
import type { Piece } from './splitter.ts';

/** What the bytes alone do not say. */
export interface Context extends FrameContext {
  /** What a response has to fit. */
  readonly request?: HeadContext | undefined;
}

/** A dissection and the bytes it is about. */
export interface Specimen {
  readonly bytes: Buffer;
  readonly dissection: Dissection;
}

/** Takes one piece of a recording apart. */
export function dissectPiece({ isHead, bytes, length }: Piece, context: Context): Dissection {
  const dissection = isHead ? dissectHead(bytes, context.request) : dissectFrame(bytes, context);
  return { ...dissection, length, complete: bytes.length === length && dissection.complete };
}

/**
 * Takes everything apart that stands in `bytes`: heads where they look like heads, else frames, one behind the other.
 * A breach ends it, as it ends a connection: what comes behind is the last specimen's.
 */
export function dissectAll(bytes: Buffer, context: FrameContext): Specimen[] {
  const specimens: Specimen[] = [];
  let request: HeadContext = {};
  for (let rest = bytes; rest.length > 0; ) {
    const isHead = looksLikeHead(rest);
    const dissection = isHead ? dissectHead(rest, request) : dissectFrame(rest, context);
    if (dissection.kind === 'request') request = contextOfRequest(rest);
    const isLast = dissection.breach !== undefined && !isHead;
    const end = isLast ? rest.length : Math.min(rest.length, dissection.length);
    specimens.push({ bytes: rest.subarray(0, end), dissection });
    rest = rest.subarray(end);
  }
  return specimens;
}
