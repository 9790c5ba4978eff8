// The ground floor: what every wire format needs of bytes.
export type { ByteSink } from './byte-sink.ts';
export { EXCERPT_REACH, type Excerpt, type ExcerptSource, excerptOf, hexByte } from './excerpt.ts';
export { GrowingBuffer } from './growing-buffer.ts';
export { indexOfBadByte, isWholeUtf8, NO_BAD_BYTE, Utf8Validator } from './utf8.ts';
