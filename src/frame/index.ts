// RFC 6455 §5 and §7.4: one frame, bytes to meaning and back. Public as `sluice/frame`.
export type { Excerpt, ExcerptSource } from '../bytes/index.ts';
export {
  closeBody,
  closeCodeOf,
  closeReasonOf,
  MAX_CLOSE_REASON,
  MAX_CONTROL_PAYLOAD,
  violationOfCloseBody,
} from './close-body.ts';
export { FrameParser, type FrameParserOptions } from './frame-parser.ts';
export type { FrameSink } from './frame-sink.ts';
export {
  ATTACH_FROM,
  frameHeaderLength,
  UNMASKED,
  writeFrame,
  writeFrameHeader,
  writeTextFrame,
} from './frame-writer.ts';
export { mask, readMaskingKey, rotateMaskingKey, writeMaskingKey } from './mask.ts';
export { MaskingKeys } from './masking-key.ts';
export { isControl, isReserved, Opcode } from './opcode.ts';
export { CloseCode, mayTravel } from './status.ts';
export { type Violation, Violations } from './violation.ts';
