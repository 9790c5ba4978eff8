// One half of the opening handshake to its named fields: RFC 6455 §1.3 and §4, RFC 9112 §2 to §5. Line by line as it stands,
// with the verdict of the parsers that read real handshakes. Pure: bytes in, values out.
import {
  acceptKey,
  type Fields,
  type HandshakeFailure,
  type HandshakeRefusal,
  HeadProgress,
  isHandshakeFailure,
  isHandshakeRefusal,
  RequestHeadParser,
  ResponseHeadParser,
  readOpeningHandshake,
  readServerHandshake,
} from '../handshake/index.ts';
import { findPlace } from '../http/index.ts';
import { type Author, type Breach, byteField, type Dissection, type Field } from './dissection.ts';
import { meaningOfHeadField } from './head-field.ts';
import { harmless } from './readable.ts';

/** What a head alone does not say. */
export interface HeadContext {
  /** The `Sec-WebSocket-Key` of the request that a response answers. */
  readonly key?: string | undefined;
  /** The `Sec-WebSocket-Protocol` of that request. */
  readonly protocols?: readonly string[] | undefined;
  /** The `Sec-WebSocket-Extensions` of that request. */
  readonly extensions?: string | undefined;
}

const LINE_END = '\r\n';
const HEAD_END = '\r\n\r\n';
/** A status line: version, code, and a phrase that may have spaces. */
const RESPONSE_PREFIX = 'HTTP/';
const MESSAGE_SYNTAX = 'RFC 9112 §2.1';

/** Whether `bytes` begin as a head does, and not as a frame that anybody would send. */
export function looksLikeHead(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, RESPONSE_PREFIX.length);
  return start.startsWith('GET ') || start === RESPONSE_PREFIX;
}

/** The index behind the head at the beginning of `bytes`; -1 when its empty line has not come. */
export function endOfHead(bytes: Buffer): number {
  const at = bytes.indexOf(HEAD_END, 0, 'latin1');
  return at === -1 ? -1 : at + HEAD_END.length;
}

/** Takes the head at the beginning of `bytes` apart; what comes behind it is ignored. */
export function dissectHead(bytes: Buffer, context: HeadContext = {}): Dissection {
  const end = endOfHead(bytes);
  const length = end === -1 ? bytes.length : end;
  const text = bytes.toString('latin1', 0, length);
  const isResponse = text.startsWith(RESPONSE_PREFIX);
  const author: Author = isResponse ? 'server' : 'client';
  const startLine = text.split(LINE_END, 1)[0] as string;
  const parts = startLine.split(' ');
  const fields = isResponse ? fieldsOfStatusLine(startLine) : fieldsOfRequestLine(startLine);
  return {
    kind: isResponse ? 'response' : 'request',
    author,
    title: harmless(isResponse ? parts.slice(1).join(' ') : parts.slice(0, 2).join(' ')),
    summary: 'opening handshake',
    length,
    complete: end !== -1,
    fields: [...fields, ...fieldsOfLines(text, startLine.length + LINE_END.length, context)],
    payload: undefined,
    breach: end === -1 ? undefined : findBreach(bytes.subarray(0, end), isResponse, context),
  };
}

function fieldsOfRequestLine(line: string): Field[] {
  const [method = '', target = ''] = line.split(' ');
  const version = line.slice(method.length + target.length + 2);
  const section = 'RFC 6455 §4.1';
  const fields = [
    byteField('Method', 0, method.length, harmless(method), 'an opening handshake is a GET', section),
    byteField(
      'Request target',
      method.length + 1,
      target.length,
      harmless(target),
      'which resource to talk to',
      section,
    ),
    byteField(
      'HTTP version',
      line.length - version.length,
      version.length,
      harmless(version),
      'only HTTP/1.1 can be upgraded like this',
      section,
    ),
  ];
  return fields.filter((field) => field.length > 0);
}

function fieldsOfStatusLine(line: string): Field[] {
  const [version = '', code = ''] = line.split(' ');
  const phrase = line.slice(version.length + code.length + 2);
  const meaning = code === '101' ? 'the connection changes its protocol: after this head, frames' : 'no WebSocket';
  const fields = [
    byteField('HTTP version', 0, version.length, harmless(version), 'the answer is still HTTP', 'RFC 9112 §4'),
    byteField('Status code', version.length + 1, code.length, harmless(code), meaning, 'RFC 6455 §4.2.2'),
    byteField(
      'Reason phrase',
      line.length - phrase.length,
      phrase.length,
      harmless(phrase),
      'for people; programs go by the code',
      'RFC 9112 §4',
    ),
  ];
  return fields.filter((field) => field.length > 0);
}

function fieldsOfLines(text: string, start: number, context: HeadContext): Field[] {
  const fields: Field[] = [];
  for (let at = start; at < text.length; ) {
    const found = text.indexOf(LINE_END, at);
    const end = found === -1 ? text.length : found;
    const line = text.slice(at, end);
    if (line === '') {
      fields.push(
        byteField('Empty line', at, LINE_END.length, 'CR LF', 'the head ends here; frames follow', MESSAGE_SYNTAX),
      );
      break;
    }
    fields.push(fieldOfLine(line, at, context));
    at = end + LINE_END.length;
  }
  return fields;
}

function fieldOfLine(line: string, offset: number, { key }: HeadContext): Field {
  const colon = line.indexOf(':');
  if (colon < 1) {
    return byteField('Broken line', offset, line.length, harmless(line), 'not `name: value`', 'RFC 9112 §5');
  }
  const name = line.slice(0, colon);
  const value = line.slice(colon + 1).trim();
  const { meaning, section } = meaningOfHeadField(name);
  const answersKey = key !== undefined && name.toLowerCase() === 'sec-websocket-accept' && value === acceptKey(key);
  const said = answersKey ? `${meaning}; it answers the key ${harmless(key)}` : meaning;
  return byteField(harmless(name), offset, line.length, harmless(value), said, section);
}

function findBreach(head: Buffer, isResponse: boolean, context: HeadContext): Breach | undefined {
  const parser = isResponse ? new ResponseHeadParser() : new RequestHeadParser();
  if (parser.push(Buffer.from(head)) !== HeadProgress.Complete) {
    const { text, section, expected } = parser.refusal;
    return { offset: parser.refusalOffset, text, section, expected };
  }
  const verdict = parser instanceof ResponseHeadParser ? judgeAnswer(parser, context) : judgeRequest(parser);
  if (verdict === undefined) return undefined;
  const { text, section, expected, place } = verdict;
  const { source } = parser.head.fields;
  const offset = source === undefined || place === undefined ? 0 : findPlace(source, place).offset;
  return { offset, text, section, expected };
}

function judgeRequest(parser: RequestHeadParser): HandshakeRefusal | undefined {
  const opening = readOpeningHandshake(parser.head);
  return isHandshakeRefusal(opening) ? opening : undefined;
}

function judgeAnswer(parser: ResponseHeadParser, context: HeadContext): HandshakeFailure | undefined {
  // Without the request nobody can say whether the answer fits it.
  if (context.key === undefined) return undefined;
  const { key, protocols = [], extensions = '' } = context;
  const answer = readServerHandshake(parser.head, { key, protocols, extensions });
  return isHandshakeFailure(answer) ? answer : undefined;
}

/** What the response to a request has to fit, read from the request. */
export function contextOfRequest(bytes: Buffer): HeadContext {
  const parser = new RequestHeadParser();
  const end = endOfHead(bytes);
  if (end === -1 || parser.push(Buffer.from(bytes.subarray(0, end))) !== HeadProgress.Complete) return {};
  const { fields }: { fields: Fields } = parser.head;
  return {
    key: fields.get('sec-websocket-key'),
    protocols: (fields.get('sec-websocket-protocol') ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
    extensions: fields.get('sec-websocket-extensions') ?? '',
  };
}
