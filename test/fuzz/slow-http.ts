// Heads and chunked bodies of HTTP/1.1 judged by regular expressions over the whole text, RFC 9112 §2 to §7 line by line:
// slow, short and with no memory of where it was. The oracle for the incremental readers.
import { readRequestTarget } from '../../src/http/index.ts';

const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Z]{1,32}) ([!"$-~]+) HTTP\/1\.([01])$/;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;

/** What a whole head says. */
export interface SlowHead {
  /** How many octets it has, its empty line included. */
  readonly length: number;
  readonly startLine: Readonly<Record<string, string | number>>;
  /** Names and values in turn. */
  readonly fields: readonly string[];
}

/** The limits that a head is held to. */
export interface SlowLimits {
  readonly maxHeaderSize: number;
  readonly maxHeadersCount: number;
}

/** Reads the head at the front of `text`; `undefined` when there is no whole and legal one within the limits. */
export function slowHead(text: string, kind: 'request' | 'response', limits: SlowLimits): SlowHead | undefined {
  // RFC 9112 §2.2: one empty line may come before a request.
  const start = kind === 'request' && text.startsWith('\r\n') ? 2 : 0;
  const end = text.indexOf('\r\n\r\n', start);
  const length = end + 4;
  if (end === -1 || length > limits.maxHeaderSize) return undefined;
  const [first = '', ...lines] = text.slice(start, end).split('\r\n');
  const startLine = kind === 'request' ? slowRequestLine(first) : slowStatusLine(first);
  const fields = slowFields(lines, limits.maxHeadersCount);
  return startLine === undefined || fields === undefined ? undefined : { length, startLine, fields };
}

function slowRequestLine(line: string): SlowHead['startLine'] | undefined {
  const [, method, target, minor] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined || readRequestTarget(method, target) === undefined) return undefined;
  return { method, target, majorVersion: 1, minorVersion: Number(minor) };
}

function slowStatusLine(line: string): SlowHead['startLine'] | undefined {
  const [, minor, status, reason = ''] = STATUS_LINE.exec(line) ?? [];
  if (status === undefined) return undefined;
  return { statusCode: Number(status), reason, majorVersion: 1, minorVersion: Number(minor) };
}

/** Names and values in turn; `undefined` when a line is none. */
function slowFields(lines: readonly string[], most: number): string[] | undefined {
  const fields: string[] = [];
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    fields.push(name, value.replace(/[ \t]+$/, ''));
  }
  return lines.length > most ? undefined : fields;
}

/** A body in chunks that is whole. */
export interface SlowBody {
  readonly data: string;
  readonly trailers: readonly string[];
  /** What stands behind it. */
  readonly rest: string;
}

/** What a body may cost beside its data. */
export interface SlowBodyLimits {
  readonly maxChunkExtensionsSize: number;
  readonly maxTrailersSize: number;
  readonly maxTrailersCount: number;
}

const CHUNK_LINE = /^([0-9A-Fa-f]{1,16})([ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?)\r\n/;

/** RFC 9112 §7.1: reads a chunked body; `undefined` when it is not whole, not legal or too costly. */
export function slowChunkedBody(text: string, limits: SlowBodyLimits): SlowBody | undefined {
  let data = '';
  let extensions = 0;
  for (let at = 0; ; ) {
    const [line = '', size = '', extension = ''] = CHUNK_LINE.exec(text.slice(at)) ?? [];
    if (line === '' || (extension !== '' && !extension.includes(';'))) return undefined;
    const length = Number.parseInt(size, 16);
    if (length > Number.MAX_SAFE_INTEGER) return undefined;
    extensions += extension.length;
    if (extensions > limits.maxChunkExtensionsSize) return undefined;
    at += line.length;
    if (length === 0) return slowTrailers(text.slice(at), data, limits);
    data += text.slice(at, at + length);
    at += length;
    if (text.slice(at, at + 2) !== '\r\n') return undefined;
    at += 2;
  }
}

function slowTrailers(text: string, data: string, limits: SlowBodyLimits): SlowBody | undefined {
  const end = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n') + 2;
  if (end === 1 || end + 2 > limits.maxTrailersSize) return undefined;
  const lines = end === 0 ? [] : text.slice(0, end - 2).split('\r\n');
  const trailers = slowFields(lines, limits.maxTrailersCount);
  return trailers === undefined ? undefined : { data, trailers, rest: text.slice(end + 2) };
}
