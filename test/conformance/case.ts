// What a case is, and the few ways in which cases judge. The words of the verdicts are those that Autobahn made common.
import type { Peer, PeerEnd, PeerEvent } from './peer.ts';

/** How an implementation did in a case. */
export type Verdict =
  | 'OK'
  /** The RFC lets it, though it asks for better. */
  | 'NON-STRICT'
  /** The RFC leaves it open: only worth knowing. */
  | 'INFORMATIONAL'
  /** It does not speak what the case needs, for instance permessage-deflate. */
  | 'UNIMPLEMENTED'
  | 'FAILED';

/** What came of a case. */
export interface Outcome {
  readonly verdict: Verdict;
  /** What was seen, in a few words. */
  readonly remark: string;
}

/** One case. */
export interface Case {
  /** Autobahn's number. */
  readonly id: string;
  /** What is done, and what has to happen. */
  readonly title: string;
  /** The rule it is about. */
  readonly section: string;
  /** Extension offers to make, or to accept; `undefined` for none. */
  readonly offers?: readonly DeflateOffer[];
  run(peer: Peer): Promise<Outcome>;
}

/** One element of an offer of permessage-deflate, for both directions alike. */
export interface DeflateOffer {
  readonly noContextTakeover: boolean;
  /** 0: no demand. */
  readonly windowBits: number;
}

/** Milliseconds that an implementation has for what it should do at once. Only those that fail take them. */
export const PATIENCE = 10_000;
/** Milliseconds in which nothing should happen, or in which a fast failure should. */
export const MOMENT = 1_000;

export const text = (data: string | Buffer): PeerEvent => ({ type: 'text', data: Buffer.from(data) });
export const binary = (data: Buffer): PeerEvent => ({ type: 'binary', data });
export const pong = (data: string | Buffer = ''): PeerEvent => ({ type: 'pong', data: Buffer.from(data) });

/** Everything expected comes back, then our Close is answered by the same code. */
export async function expectAnswers(peer: Peer, expected: readonly PeerEvent[]): Promise<Outcome> {
  await peer.until(() => peer.events.length >= expected.length, PATIENCE);
  await peer.close(1000);
  const end = await peer.ended(PATIENCE);
  const fault = faultOf(peer.events, expected) ?? end.fault;
  if (fault !== undefined) return failed(fault);
  if (end.code !== 1000) return failed(`our Close 1000 was answered by ${describeCode(end)}`);
  return { verdict: 'OK', remark: '' };
}

/**
 * The implementation fails the connection with one of `codes` (RFC 6455 §7.1.7).
 *
 * @param before what must have come back before: the rule was kept until then.
 * @param forgivable whether it may also have failed before any of that came back.
 */
export async function expectFailure(
  peer: Peer,
  codes: readonly number[],
  before: readonly PeerEvent[] = [],
  forgivable = false,
): Promise<Outcome> {
  const end = await peer.ended(PATIENCE);
  return judgeFailure(peer, end, codes, before, forgivable);
}

/** As {@link expectFailure}, of a connection that has ended. */
export function judgeFailure(
  peer: Peer,
  end: PeerEnd,
  codes: readonly number[],
  before: readonly PeerEvent[],
  forgivable: boolean,
): Outcome {
  if (end.fault !== undefined) return failed(end.fault);
  const fault = faultOf(peer.events, before);
  const silent = forgivable && peer.events.length === 0;
  if (fault !== undefined && !silent) return failed(fault);
  // §7.1.7: the Close frame is a SHOULD; its code, where there is one, is not free.
  if (end.code === undefined) return { verdict: 'NON-STRICT', remark: 'ended without a Close frame' };
  if (!codes.includes(end.code)) return failed(`failed with ${end.code} instead of ${codes.join(' or ')}`);
  if (fault !== undefined) return { verdict: 'NON-STRICT', remark: 'failed before it answered what was right' };
  return { verdict: 'OK', remark: '' };
}

/** Our Close is answered by one of `codes`, and nothing else comes. */
export async function expectCloseAnswer(peer: Peer, codes: readonly number[]): Promise<Outcome> {
  const end = await peer.ended(PATIENCE);
  const fault = faultOf(peer.events, []) ?? end.fault;
  if (fault !== undefined) return failed(fault);
  if (end.code === undefined || !codes.includes(end.code)) return failed(`answered by ${describeCode(end)}`);
  return { verdict: 'OK', remark: '' };
}

export function failed(remark: string): Outcome {
  return { verdict: 'FAILED', remark };
}

function describeCode(end: PeerEnd): string {
  return end.code === undefined ? 'no Close frame' : String(end.code);
}

function faultOf(events: readonly PeerEvent[], expected: readonly PeerEvent[]): string | undefined {
  for (let index = 0; index < Math.max(events.length, expected.length); index++) {
    const [got, wanted] = [events[index], expected[index]];
    if (got === undefined) return `${describe(wanted)} did not come`;
    if (wanted === undefined) return `${describe(got)} came, which nothing asked for`;
    if (got.type !== wanted.type || !got.data.equals(wanted.data))
      return `${describe(got)} came instead of ${describe(wanted)}`;
  }
  return undefined;
}

function describe(event: PeerEvent | undefined): string {
  return event === undefined ? 'nothing' : `${event.type} of ${event.data.length} bytes`;
}
