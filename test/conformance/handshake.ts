// The opening handshake as the tester does it, both roles: just enough of RFC 6455 §4 and RFC 7692 §7.1 to get a
// connection on which frames can be judged. Handshakes themselves are judged elsewhere.
import { createHash, randomBytes } from 'node:crypto';
import type { DeflateOffer } from './case.ts';
import type { Agreement } from './compression.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export const acceptKey = (key: string): string =>
  createHash('sha1')
    .update(key + GUID)
    .digest('base64');

/** The head of a request or response, taken apart without any strictness. */
export interface Head {
  readonly start: string;
  readonly fields: ReadonlyMap<string, string>;
  readonly rest: Buffer;
}

/** The head at the front of `bytes`, when it is whole. */
export function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [start = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { start, fields, rest: bytes.subarray(end + 4) };
}

/** The tester's request. */
export function request(host: string, path: string, offers: readonly DeflateOffer[]): { text: string; accept: string } {
  const key = randomBytes(16).toString('base64');
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
  ];
  if (offers.length > 0) lines.push(`Sec-WebSocket-Extensions: ${offers.map(formatOffer).join(', ')}`);
  return { text: `${lines.join('\r\n')}\r\n\r\n`, accept: acceptKey(key) };
}

function formatOffer({ noContextTakeover, windowBits }: DeflateOffer): string {
  let offer = 'permessage-deflate';
  if (noContextTakeover) offer += '; server_no_context_takeover; client_no_context_takeover';
  offer +=
    windowBits > 0
      ? `; server_max_window_bits=${windowBits}; client_max_window_bits=${windowBits}`
      : '; client_max_window_bits';
  return offer;
}

/** What a server's answer to an offer means for the tester as client. */
export function agreementAsClient(extensions: string | undefined): Agreement | undefined {
  if (extensions === undefined || extensions === '') return undefined;
  const parameters = parametersOf(extensions);
  return {
    outgoingBits: Number(parameters.get('client_max_window_bits') ?? 15),
    outgoingTakeover: !parameters.has('client_no_context_takeover'),
    incomingBits: Number(parameters.get('server_max_window_bits') ?? 15),
    incomingTakeover: !parameters.has('server_no_context_takeover'),
  };
}

/** What the tester as server agrees to of a client's offer, and its answer; `undefined` when the client offers nothing. */
export function agreementAsServer(
  extensions: string | undefined,
  wanted: readonly DeflateOffer[],
): { agreement: Agreement; answer: string } | undefined {
  if (extensions === undefined || !extensions.includes('permessage-deflate') || wanted.length === 0) return undefined;
  const offered = parametersOf(extensions.split(',')[0] as string);
  // The first wish that this client can be asked for: without client_max_window_bits it cannot be limited (§7.1.2.2).
  const wish = wanted.find(({ windowBits }) => windowBits === 0 || offered.has('client_max_window_bits'));
  const { noContextTakeover, windowBits } = wish ?? { noContextTakeover: false, windowBits: 0 };
  const serverBits = Math.min(windowBits || 15, Number(offered.get('server_max_window_bits') ?? 15));
  const serverForgets = noContextTakeover || offered.has('server_no_context_takeover');
  let answer = 'permessage-deflate';
  if (serverForgets) answer += '; server_no_context_takeover';
  if (noContextTakeover) answer += '; client_no_context_takeover';
  if (serverBits < 15 || offered.has('server_max_window_bits')) answer += `; server_max_window_bits=${serverBits}`;
  if (windowBits > 0) answer += `; client_max_window_bits=${windowBits}`;
  const agreement = {
    outgoingBits: serverBits,
    outgoingTakeover: !serverForgets,
    incomingBits: windowBits || 15,
    incomingTakeover: !noContextTakeover,
  };
  return { agreement, answer };
}

function parametersOf(element: string): Map<string, string> {
  const [, ...parts] = element.split(';').map((part) => part.trim());
  return new Map(
    parts.map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name.trim(), value.trim().replaceAll('"', '')] as const;
    }),
  );
}
