// The text of a message that the application sends in parts, judged part by part: RFC 6455 §5.6 lets a part end inside a
// character, and wants the whole to be UTF-8. Never keeps a byte.
import type { Blob } from 'node:buffer';
import { NO_BAD_BYTE, Utf8Validator } from '../bytes/index.ts';
import { isBlob } from './payload.ts';

/**
 * What a caller is told whose text is none.
 *
 * @param what was to be sent.
 */
export function notUtf8(what: string): TypeError {
  return new TypeError(`${what} must be valid UTF-8 (RFC 6455 §8.1): send bytes that are no text as binary`);
}

/** The parts of one text message so far. */
export class TextParts {
  #validator = new Utf8Validator();
  /** Where the next part is tried first: one that is refused leaves no trace. */
  #trial = new Utf8Validator();
  /** A Blob is among them, which will be read later: nobody knows where its last character ends. */
  #isUnknown = false;

  /**
   * Takes the next part.
   *
   * @param fin whether it is the last.
   * @throws TypeError when it holds what no text can have there, or the text would end inside a character. It has not
   *   been taken then: another may be sent in its place.
   */
  take(part: string | Buffer | Blob, fin: boolean): void {
    if (this.#isUnknown || isBlob(part)) {
      this.#isUnknown = true;
      return;
    }
    const trial = this.#trial;
    trial.continue(this.#validator);
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    if (trial.push(bytes, 0, bytes.length) !== NO_BAD_BYTE || (fin && !trial.complete)) {
      throw notUtf8('a part of a text message');
    }
    this.#trial = this.#validator;
    this.#validator = trial;
  }
}
