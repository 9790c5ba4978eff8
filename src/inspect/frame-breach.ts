// The verdict on one frame: which rule it breaks and with which byte. Asks the parser that guards real connections, so that
// the looking glass can never be of another opinion. RFC 6455 §5; a frame alone says nothing about fragmentation (§5.4).
import { NO_BAD_BYTE, Utf8Validator } from '../bytes/utf8.ts';
import { indexOfViolation } from '../frame/close-body.ts';
import {
  FrameParser,
  type FrameSink,
  Opcode,
  type Violation,
  Violations,
  violationOfCloseBody,
} from '../frame/index.ts';
import type { Author, Breach } from './dissection.ts';

/**
 * What is wrong with a frame.
 *
 * @param frame the frame, or as much of it as there is; not changed.
 * @param compression whether permessage-deflate was agreed, so that RSV1 may be set.
 */
export function findBreach(frame: Buffer, author: Author, compression: boolean): Breach | undefined {
  const judge = new Judge();
  const parser = new FrameParser(judge, { masked: author === 'client', rsv1: compression });
  // The parser unmasks in place: it gets bytes of its own.
  const copy = Buffer.from(frame);
  judge.end = copy.length;
  parser.push(copy);
  return judge.breach;
}

class Judge implements FrameSink {
  breach: Breach | undefined = undefined;
  end = 0;

  onFrame(opcode: number, fin: boolean, rsv1: boolean, chunk: Buffer, start: number, end: number): boolean {
    const payload = chunk.subarray(start, end);
    if (opcode === Opcode.Close) this.#judgeClose(payload, start);
    else if (opcode === Opcode.Text && !rsv1) this.#judgeText(payload, start, fin);
    return false;
  }

  onFrameHeader(): boolean {
    return true;
  }

  onFramePart(): boolean {
    return true;
  }

  onViolation(violation: Violation, index: number): void {
    this.#report(violation, index);
  }

  #judgeClose(body: Buffer, start: number): void {
    const violation = violationOfCloseBody(body);
    if (violation !== undefined) this.#report(violation, start + indexOfViolation(body, violation));
  }

  #judgeText(text: Buffer, start: number, fin: boolean): void {
    const validator = new Utf8Validator();
    const bad = validator.push(text, 0, text.length);
    if (bad !== NO_BAD_BYTE) this.#report(Violations.InvalidText, start + bad);
    else if (fin && !validator.complete) this.#report(Violations.InvalidText, start + text.length - 1);
  }

  #report({ text, expected, section }: Violation, offset: number): void {
    this.breach = { offset, text, expected, section };
  }
}
