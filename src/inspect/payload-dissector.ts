// The payload of a frame in fields: the body of a Close (RFC 6455 §5.5.1, §7.4), text, bytes, and what permessage-deflate
// made of them (RFC 7692 §7.2). It is shown the payload without its mask, and told where it stands on the wire.
import { constants, inflateRawSync } from 'node:zlib';
import { CloseCode, Opcode } from '../frame/index.ts';
import { byteCount, byteField, type Field } from './dissection.ts';
import { readable } from './readable.ts';

/** What the header says about the payload. */
export interface PayloadHeader {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly masked: boolean;
  /** Where the payload begins on the wire. */
  readonly offset: number;
  /** Whether all of the payload is there. */
  readonly complete: boolean;
}

/** The payload in fields, and in a few words. */
export interface PayloadDissection {
  readonly fields: readonly Field[];
  readonly summary: string;
}

/** Characters of a payload that are quoted. */
const QUOTED = 120;
/** §5.5.1: the close code has two bytes. */
const CODE_LENGTH = 2;
/** RFC 7692 §7.2.2: what the sender took away from the end of the DEFLATE data, the receiver puts back. */
const DEFLATE_TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
/** Nothing longer is inflated just to be looked at. */
const MOST_INFLATED = 65_536;

/** Names of the close codes, as the RFC's prose has them. */
const CLOSE_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [CloseCode.NormalClosure, 'normal closure: the purpose is fulfilled'],
  [CloseCode.GoingAway, 'going away: the server goes down, or the page is left'],
  [CloseCode.ProtocolError, 'protocol error: the other side broke a rule'],
  [CloseCode.UnsupportedData, 'unsupported data: a type of data that cannot be accepted'],
  [CloseCode.InvalidPayload, 'invalid payload: for instance text that is not UTF-8'],
  [CloseCode.PolicyViolation, 'policy violation'],
  [CloseCode.MessageTooBig, 'message too big'],
  [CloseCode.MandatoryExtension, 'mandatory extension: the client misses one in the answer'],
  [CloseCode.InternalError, 'internal error: something unexpected happened to the server'],
  [CloseCode.ServiceRestart, 'service restart: come back after a random delay'],
  [CloseCode.TryAgainLater, 'try again later: the server is busy, or this client too slow'],
  [CloseCode.BadGateway, 'bad gateway'],
]);

/** The first code that only applications give a meaning to (§7.4.2). */
const FIRST_PRIVATE_CODE = 4000;
const FIRST_REGISTERED_CODE = 3000;

/**
 * Takes a payload apart.
 *
 * @param unmasked the bytes of it that are there, without the mask.
 */
export function dissectPayload(header: PayloadHeader, unmasked: Buffer): PayloadDissection {
  if (unmasked.length === 0) return { fields: [], summary: '' };
  if (header.opcode === Opcode.Close) return dissectCloseBody(header, unmasked);
  if (header.rsv1) return dissectCompressed(header, unmasked);
  const text = readable(unmasked, QUOTED);
  switch (header.opcode) {
    case Opcode.Text: {
      const meaning = header.fin ? 'the text of the message' : 'the first part of the text; more follows';
      return one(header, unmasked, quoted(text), meaning, 'RFC 6455 §5.6', text);
    }
    case Opcode.Continuation: {
      const meaning = header.fin ? 'the last part of the message' : 'the next part of the message';
      return one(header, unmasked, quoted(text), meaning, 'RFC 6455 §5.4', text);
    }
    case Opcode.Ping:
      return one(header, unmasked, bytesOf(unmasked), 'the Pong must carry the same bytes', 'RFC 6455 §5.5.2', '');
    case Opcode.Pong:
      return one(header, unmasked, bytesOf(unmasked), 'the bytes of the Ping that it answers', 'RFC 6455 §5.5.3', '');
    default:
      return one(header, unmasked, byteCount(unmasked.length), 'as the application wrote it', 'RFC 6455 §5.6', '');
  }
}

function one(
  header: PayloadHeader,
  unmasked: Buffer,
  value: string,
  meaning: string,
  section: string,
  summary: string,
): PayloadDissection {
  const said = header.masked ? `${meaning}; on the wire each byte is masked` : meaning;
  return { fields: [byteField('Payload data', header.offset, unmasked.length, value, said, section)], summary };
}

function dissectCloseBody(header: PayloadHeader, body: Buffer): PayloadDissection {
  if (body.length < CODE_LENGTH) {
    return one(header, body, bytesOf(body), 'half a close code', 'RFC 6455 §5.5.1', 'half a close code');
  }
  const code = body.readUInt16BE(0);
  const reason = body.subarray(CODE_LENGTH);
  const fields = [
    byteField('Close code', header.offset, CODE_LENGTH, String(code), meaningOfCloseCode(code), 'RFC 6455 §7.4'),
  ];
  const text = readable(reason, QUOTED);
  if (reason.length > 0) {
    fields.push(
      byteField(
        'Close reason',
        header.offset + CODE_LENGTH,
        reason.length,
        quoted(text),
        'in words, for whoever looks for a fault; programs go by the code',
        'RFC 6455 §7.1.6',
      ),
    );
  }
  return { fields, summary: text === '' ? String(code) : `${code} ${text}` };
}

function meaningOfCloseCode(code: number): string {
  const name = CLOSE_NAMES.get(code);
  if (name !== undefined) return name;
  if (code >= FIRST_PRIVATE_CODE) return 'a code of the application: it alone knows what it means';
  if (code >= FIRST_REGISTERED_CODE) return 'a code that a library or framework has registered';
  return 'a code that must not be sent';
}

function dissectCompressed(header: PayloadHeader, unmasked: Buffer): PayloadDissection {
  const section = 'RFC 7692 §7.2.2';
  const size = byteCount(unmasked.length);
  const inflated = header.fin && header.complete ? tryToInflate(unmasked) : undefined;
  if (inflated === undefined) {
    const why = 'DEFLATE data that leans on other frames: alone it cannot be inflated';
    return one(header, unmasked, size, why, section, 'compressed');
  }
  const text = header.opcode === Opcode.Text ? readable(inflated, QUOTED) : '';
  const value = text === '' ? size : quoted(text);
  const meaning = `DEFLATE data of ${size}: inflated, ${byteCount(inflated.length)}`;
  return one(header, unmasked, value, meaning, section, text);
}

function tryToInflate(data: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(Buffer.concat([data, DEFLATE_TAIL]), {
      // The data need not end in a final block: RFC 7692 §7.2.1.
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MOST_INFLATED,
    });
  } catch {
    // An earlier message is missing (context takeover), or it is no DEFLATE data, or too much of it.
    return undefined;
  }
}

function quoted(text: string): string {
  return `“${text}”`;
}

function bytesOf(bytes: Buffer): string {
  return `${byteCount(bytes.length)}: ${bytes.toString('hex')}`;
}
