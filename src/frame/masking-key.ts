// Where masking keys come from: RFC 6455 §5.3 wants each frame's key fresh and unpredictable, §10.3 says what happens
// otherwise. Clients only; a server never constructs this.
import { randomFillSync } from 'node:crypto';
import { readMaskingKey } from './mask.ts';

/** Bytes drawn from the system's generator at once: one call for 2,048 frames instead of one each. */
const POOL_SIZE = 8192;
const KEY_LENGTH = 4;

/** Gives out masking keys, each used once: §5.3(b), §10.3(a). */
export class MaskingKeys {
  #pool: Buffer | undefined;
  #used = POOL_SIZE;

  /** A fresh key, as {@link readMaskingKey} reads one. */
  next(): number {
    // Made on first use: a server's process never masks.
    this.#pool ??= Buffer.alloc(POOL_SIZE);
    if (this.#used === POOL_SIZE) {
      randomFillSync(this.#pool); // §5.3(c)(d)
      this.#used = 0;
    }
    const key = readMaskingKey(this.#pool, this.#used);
    this.#used += KEY_LENGTH;
    return key;
  }
}
