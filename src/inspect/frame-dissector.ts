// One frame to its named fields: RFC 6455 §5.2, bit by bit in the order of the wire. Shows wrong frames too, and says what
// is wrong with them. Pure: bytes in, values out; the bytes are not changed.
import { mask, readMaskingKey } from '../frame/index.ts';
import { type Author, bitField, byteCount, byteField, type Dissection, type Field } from './dissection.ts';
import { findBreach } from './frame-breach.ts';
import { type FrameLength, MASKING_KEY_LENGTH, readFrameLength } from './frame-length.ts';
import { hexDigit, nameOpcode } from './opcode-name.ts';
import { dissectPayload, type PayloadDissection } from './payload-dissector.ts';

/** What the bytes alone do not say. */
export interface FrameContext {
  /** Who sent the frame; without it, the MASK bit is believed. */
  readonly author?: Author | undefined;
  /** Whether permessage-deflate was agreed (RFC 7692). */
  readonly compression: boolean;
}

const FRAMING = 'RFC 6455 §5.2';
const FIN = 0x80;
const RSV1 = 0x40;
const RSV2 = 0x20;
const RSV3 = 0x10;
const OPCODE = 0x0f;
const MASK = 0x80;
const LENGTH_7 = 0x7f;
/** §5.5: frames with an opcode from here on are control frames. */
const FIRST_CONTROL = 8;
/** Where the bits of the first byte begin, counted from the most significant. */
const OPCODE_BIT = 4;
const NOTHING: PayloadDissection = { fields: [], summary: '' };

/**
 * Takes the frame at the beginning of `bytes` apart.
 *
 * @param bytes the frame, or its beginning; what comes behind it is ignored.
 */
export function dissectFrame(bytes: Buffer, { author, compression }: FrameContext): Dissection {
  const first = bytes[0] ?? 0;
  const second = bytes[1];
  const measures = readFrameLength(bytes);
  const writer = author ?? (((second ?? MASK) & MASK) === 0 ? 'server' : 'client');
  const fields = bytes.length === 0 ? [] : fieldsOfFirstByte(first, compression);
  if (second !== undefined) fields.push(...fieldsOfLength(bytes, second, measures));

  const length = measures === undefined ? bytes.length : measures.header + measures.payload;
  const complete = measures !== undefined && bytes.length >= length;
  const frame = bytes.subarray(0, length);
  let content = NOTHING;
  let payload: Dissection['payload'];
  if (measures !== undefined && bytes.length >= measures.header) {
    if (measures.masked) fields.push(maskingKeyField(bytes, measures));
    const unmasked = unmask(frame, measures);
    const header = {
      opcode: first & OPCODE,
      fin: (first & FIN) !== 0,
      rsv1: (first & RSV1) !== 0,
      masked: measures.masked,
      offset: measures.header,
      complete,
    };
    content = dissectPayload(header, unmasked);
    payload = { offset: measures.header, unmasked };
  }
  return {
    kind: 'frame',
    author: writer,
    title: nameOpcode(first & OPCODE).title,
    summary: content.summary,
    length,
    complete,
    fields: [...fields, ...content.fields],
    payload,
    breach: findBreach(frame, writer, compression),
  };
}

function fieldsOfFirstByte(first: number, compression: boolean): Field[] {
  const opcode = first & OPCODE;
  const isFinal = (first & FIN) !== 0;
  const { title, meaning, section } = nameOpcode(opcode);
  return [
    bitField(
      'FIN',
      0,
      0,
      1,
      isFinal ? '1' : '0',
      isFinal ? meaningOfFinal(opcode) : 'more frames of this message follow',
      'RFC 6455 §5.4',
    ),
    rsv1Field((first & RSV1) !== 0, opcode, compression),
    reservedField('RSV2', 2, (first & RSV2) !== 0),
    reservedField('RSV3', 3, (first & RSV3) !== 0),
    bitField('Opcode', 0, OPCODE_BIT, 4, `${hexDigit(opcode)} ${title}`, meaning, section),
  ];
}

function meaningOfFinal(opcode: number): string {
  if (opcode === 0) return 'the last frame of its message';
  return opcode >= FIRST_CONTROL ? 'control frames are never fragmented' : 'the message ends with this frame';
}

function rsv1Field(isSet: boolean, opcode: number, compression: boolean): Field {
  let meaning = 'reserved for extensions; none uses it';
  if (isSet)
    meaning = compression
      ? 'compressed: the extension permessage-deflate is in use'
      : 'set, though no extension uses it';
  else if (compression) meaning = meaningOfUncompressed(opcode);
  return bitField('RSV1', 0, 1, 1, isSet ? '1' : '0', meaning, compression ? 'RFC 7692 §6' : FRAMING);
}

function meaningOfUncompressed(opcode: number): string {
  if (opcode >= FIRST_CONTROL) return 'control frames are never compressed';
  return opcode === 0 ? 'the first frame says whether the message is compressed' : 'this message is not compressed';
}

function reservedField(name: string, bit: number, isSet: boolean): Field {
  const meaning = isSet ? 'set, though no extension uses it' : 'reserved for extensions; none uses it';
  return bitField(name, 0, bit, 1, isSet ? '1' : '0', meaning, FRAMING);
}

function fieldsOfLength(bytes: Buffer, second: number, measures: FrameLength | undefined): Field[] {
  const isMasked = (second & MASK) !== 0;
  const short = second & LENGTH_7;
  const fields = [
    bitField(
      'MASK',
      1,
      0,
      1,
      isMasked ? '1' : '0',
      isMasked ? 'masked: every frame of a client is' : 'not masked: no frame of a server is',
      'RFC 6455 §5.1',
    ),
  ];
  const meanings = new Map([
    [126, 'the length does not fit here: it follows in 16 bits'],
    [127, 'the length does not fit here: it follows in 64 bits'],
  ]);
  const meaning = meanings.get(short) ?? (short === 0 ? 'there is no payload' : `the payload has ${byteCount(short)}`);
  fields.push(bitField('Payload length', 1, 1, 7, String(short), meaning, FRAMING));
  if (measures === undefined || measures.extended === 0) return fields;
  const name = `Extended payload length`;
  const value = measures.extended === 8 ? bytes.readBigUInt64BE(2).toString() : String(measures.payload);
  fields.push(byteField(name, 2, measures.extended, value, `the payload has ${value} bytes`, FRAMING));
  return fields;
}

function maskingKeyField(bytes: Buffer, { header }: FrameLength): Field {
  const offset = header - MASKING_KEY_LENGTH;
  return byteField(
    'Masking key',
    offset,
    MASKING_KEY_LENGTH,
    bytes.toString('hex', offset, header),
    'new for each frame: byte i of the payload is XORed with byte i mod 4 of it',
    'RFC 6455 §5.3',
  );
}

/** The payload that is there, in bytes of its own. */
function unmask(frame: Buffer, { header, masked }: FrameLength): Buffer {
  const payload = Buffer.from(frame.subarray(header));
  if (masked) mask(payload, 0, payload.length, readMaskingKey(frame, header - MASKING_KEY_LENGTH));
  return payload;
}
