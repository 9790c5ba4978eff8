// What Redis answers when it does not do what it was asked: an error begins with a word in capitals. Whatever else a client
// rejects with is about the connection, and says nothing of whether the command was carried out.
import { BrokerFault } from '../rooms/broker.ts';

/** Of an error reply, its first word; `undefined` for an error of the client. */
function wordOf(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : '';
  return /^([A-Z]+)(?: |$)/.exec(message)?.[1];
}

/** The script is not there yet: this server was started, or emptied of scripts, since. */
export function isUnknownScript(error: unknown): boolean {
  return wordOf(error) === 'NOSCRIPT';
}

/** What an error of a command says. */
export type Verdict =
  /** The connection failed, and the command was perhaps carried out. */
  | 'lost'
  /** It was not carried out, and this connection will never do it: it leads to a replica, or to what was one. */
  | 'elsewhere'
  /** It was not carried out, and the same may go well soon. */
  | 'later'
  /** It was not carried out, for a reason that stays. */
  | 'refused';

const ELSEWHERE = new Set(['READONLY', 'MOVED', 'ASK', 'UNKILLABLE']);
const LATER = new Set(['LOADING', 'BUSY', 'CLUSTERDOWN', 'TRYAGAIN', 'MASTERDOWN', 'NOREPLICAS', 'MISCONF']);

/** What is to be made of it. */
export function verdictOf(error: unknown): Verdict {
  const word = wordOf(error);
  if (word === undefined) return 'lost';
  if (ELSEWHERE.has(word)) return 'elsewhere';
  return LATER.has(word) ? 'later' : 'refused';
}

/** The fault to reject with, for what was refused. */
export function faultOf(error: unknown): BrokerFault {
  return wordOf(error) === 'OOM' ? BrokerFault.Full : BrokerFault.Down;
}
