// Target: the body of a Close frame. Oracles: the slow judgement of code and reason, and that what is good is written back
// as it was.
import {
  closeBody,
  closeCodeOf,
  closeReasonOf,
  indexOfViolation,
  MAX_CONTROL_PAYLOAD,
  violationOfCloseBody,
} from '../../../src/frame/close-body.ts';
import { Violations } from '../../../src/frame/index.ts';
import { PIECES } from '../../bytes/slow-utf8.ts';
import { type FuzzTarget, require, requireSame } from '../fuzz-target.ts';
import { slowClose } from '../slow-connection.ts';

function check(input: Buffer): string {
  const violation = violationOfCloseBody(input);
  const slow = slowClose(input);
  requireSame(violation?.name, slow?.violation, 'the slow judgement agrees');
  if (violation !== undefined && slow !== undefined) {
    require(Object.values<unknown>(Violations).includes(violation), 'a violation is a row of the table');
    requireSame(indexOfViolation(input, violation), slow.index, 'the index of the byte at fault');
    return `${violation.name} ${Math.min(input.length, 5)}`;
  }
  const code = closeCodeOf(input);
  const reason = closeReasonOf(input);
  // Longer bodies never reach this: the frame parser lets no control frame of that length through.
  if (input.length <= MAX_CONTROL_PAYLOAD) {
    const written = input.length === 0 ? closeBody() : closeBody(code, reason);
    require(written.equals(input), 'what is read is written back');
  }
  return `good ${Math.min(reason.length, 3)}`;
}

const CODES = [0, 999, 1000, 1003, 1004, 1005, 1006, 1007, 1014, 1015, 1016, 2999, 3000, 4999, 5000, 65_535];
const codes = CODES.map((code) => Buffer.of(code >> 8, code & 255));

export const closeBodies: FuzzTarget = {
  name: 'close-body',
  seeds: [Buffer.alloc(0), Buffer.of(3), ...codes, ...PIECES.map((piece) => Buffer.concat([Buffer.of(3, 232), piece]))],
  dictionary: [...codes, ...PIECES],
  check,
};
