// Where a client's masking keys come from: RFC 6455 §5.3. One source for all clients of the process, or the caller's own.
import { MaskingKeys, readMaskingKey } from '../frame/index.ts';

/** Draws nothing before the first frame. */
const maskingKeys = new MaskingKeys();

/** A fresh, unpredictable key. */
export function nextMaskingKey(): number {
  return maskingKeys.next();
}

/** Fills a buffer of four bytes with a masking key. */
export type GenerateMask = (mask: Buffer) => void;

const KEY_LENGTH = 4;

/** Keys by the caller's own function. Whether they are unpredictable (§10.3) is for the caller to answer for. */
export function maskingKeysBy(generateMask: GenerateMask): () => number {
  const mask = Buffer.alloc(KEY_LENGTH);
  return () => {
    generateMask(mask);
    return readMaskingKey(mask, 0);
  };
}
