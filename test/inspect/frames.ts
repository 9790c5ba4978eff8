// Frames for the tests of the looking glass, made by the writer of frame/.
import { frameHeaderLength, mask, UNMASKED, writeFrameHeader } from '../../src/frame/index.ts';

export interface FrameParts {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly rsv1?: boolean;
  /** Without it the frame is a server's. */
  readonly key?: number;
  readonly payload?: Buffer | string;
}

/** The bytes of a frame. */
export function frameOf({ opcode = 1, fin = true, rsv1 = false, key = UNMASKED, payload = '' }: FrameParts): Buffer {
  const content = Buffer.from(payload as Buffer);
  const masked = key !== UNMASKED;
  const header = frameHeaderLength(content.length, masked);
  const frame = Buffer.alloc(header + content.length);
  writeFrameHeader(frame, 0, opcode, fin, rsv1, content.length, key);
  content.copy(frame, header);
  if (masked) mask(frame, header, frame.length, key);
  return frame;
}

/** Bytes from hex with spaces. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** The opening handshake of RFC 6455 §1.3, without its optional fields. */
export const REQUEST = [
  'GET /chat HTTP/1.1',
  'Host: server.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Origin: http://example.com',
  'Sec-WebSocket-Version: 13',
  '',
  '',
].join('\r\n');
export const RESPONSE = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  '',
  '',
].join('\r\n');
