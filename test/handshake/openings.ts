// A good opening handshake as text, changed in one place at a time; and what a server built of these parts would
// answer. Every test that says "this one thing is wrong" starts from here, so that nothing else is.
import {
  HeadProgress,
  headOfIncomingMessage,
  isHandshakeRefusal,
  isUpgrade,
  RequestHeadParser,
  readOpeningHandshake,
  type UpgradeHead,
} from '../../src/handshake/index.ts';

/** RFC 6455 §1.3. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
/** RFC 6455 §1.3: what answers it. */
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** The fields of a good handshake. */
export const GOOD_FIELDS: readonly string[] = [
  ...['Host', 'server.example.com', 'Upgrade', 'websocket', 'Connection', 'Upgrade'],
  ...['Sec-WebSocket-Key', KEY, 'Sec-WebSocket-Version', '13'],
];

/** {@link GOOD_FIELDS} without one of them. */
export function without(name: string): string[] {
  return GOOD_FIELDS.flatMap((part, i) => (i % 2 === 0 && part !== name ? [part, GOOD_FIELDS[i + 1]!] : []));
}

/** {@link GOOD_FIELDS} with one of them changed, where it stands. */
export function having(name: string, value: string): string[] {
  return GOOD_FIELDS.map((part, i) => (GOOD_FIELDS[i - 1] === name && i % 2 === 1 ? value : part));
}

/** A request as text. */
export function requestText(fields: readonly string[] = GOOD_FIELDS, line = 'GET /chat HTTP/1.1'): string {
  let text = `${line}\r\n`;
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return `${text}\r\n`;
}

/** The head of a request, as if `node:http` had parsed it. */
export function headOf(fields: readonly string[] = GOOD_FIELDS, method = 'GET', url = '/chat', minor = 1): UpgradeHead {
  return headOfIncomingMessage({ method, url, httpVersionMajor: 1, httpVersionMinor: minor, rawHeaders: fields });
}

/** What a server does with some octets of a connection. */
export interface Verdict {
  /**
   * 101, the status of a refusal, `'ordinary'` for a request that goes to the fallback, `'more'` when it has to wait.
   */
  readonly status: number | 'ordinary' | 'more';
  /** The name of the row that refuses. */
  readonly row?: string;
  /** What comes behind the head. Of a refused request nobody reads it. */
  readonly rest?: string;
}

/** Parser and handshake together, as a server puts them together. */
export function judge(chunks: readonly (string | Buffer)[]): Verdict {
  const parser = new RequestHeadParser();
  for (let i = 0; i < chunks.length; i++) {
    const chunk = chunks[i]!;
    const progress = parser.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
    if (progress === HeadProgress.Refused) return { status: parser.refusal.status, row: parser.refusal.name };
    if (progress === HeadProgress.Complete) {
      if (!isUpgrade(parser.head)) return { status: 'ordinary' };
      const opening = readOpeningHandshake(parser.head);
      if (isHandshakeRefusal(opening)) return { status: opening.status, row: opening.name };
      const after = chunks
        .slice(i + 1)
        .map((later) => (typeof later === 'string' ? Buffer.from(later, 'latin1') : later));
      return { status: 101, rest: Buffer.concat([parser.rest, ...after]).toString('latin1') };
    }
  }
  return { status: 'more' };
}
