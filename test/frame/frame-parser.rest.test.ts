// Statements about a frame parser that reads for one connection after another: it changes hands only where nothing of a frame is
// known, and what it says of offsets (RFC 6455 §5.2) is said of the connection that it serves.
import { describe, expect, test } from 'vitest';
import { FrameParser } from '../../src/frame/frame-parser.ts';
import type { FrameSink } from '../../src/frame/frame-sink.ts';
import { Opcode } from '../../src/frame/opcode.ts';
import { type Violation, Violations } from '../../src/frame/violation.ts';
import { FROM_CLIENT } from './record.ts';
import { encodeFrame, hex } from './slow-frames.ts';

const KEY = hex('37fa213d');
const FROM_CLIENT_FRAME = encodeFrame({ opcode: Opcode.Text, payload: 'Hello', key: KEY });
const FROM_SERVER_FRAME = encodeFrame({ opcode: Opcode.Text, payload: 'Hello' });

/** Takes everything, and asks each time whether the parser is at rest. */
class Witness implements FrameSink {
  readonly parser = new FrameParser(this, FROM_CLIENT);
  readonly texts: string[] = [];
  readonly violations: [violation: Violation, offset: number][] = [];
  restedInside = false;

  onFrame(_opcode: number, _fin: boolean, _rsv1: boolean, chunk: Buffer, start: number, end: number): boolean {
    this.restedInside ||= this.parser.atRest;
    this.texts.push(chunk.toString('utf8', start, end));
    return true;
  }

  onFrameHeader(): boolean {
    return true;
  }

  onFramePart(): boolean {
    return true;
  }

  onViolation(violation: Violation, index: number): void {
    this.violations.push([violation, this.parser.offsetOf(index)]);
  }
}

describe('a frame parser is at rest', () => {
  test('before the first byte, and behind every whole frame', () => {
    const { parser } = new Witness();
    expect(parser.atRest).toBe(true);
    for (let at = 0; at < FROM_CLIENT_FRAME.length; at++) {
      parser.push(Buffer.from(FROM_CLIENT_FRAME.subarray(at, at + 1)));
      // In the header bytes are kept, in the payload some are still to come.
      expect(parser.atRest).toBe(at === FROM_CLIENT_FRAME.length - 1);
    }
  });

  test('not while it reads, and never after a violation', () => {
    const witness = new Witness();
    witness.parser.push(Buffer.from(FROM_CLIENT_FRAME));
    expect(witness.restedInside).toBe(false);
    witness.parser.push(Buffer.from(FROM_SERVER_FRAME));
    expect(witness.violations).toHaveLength(1);
    expect(witness.parser.atRest).toBe(false);
  });
});

describe('a frame parser that serves another connection', () => {
  test('reads by the rules of that one', () => {
    const witness = new Witness();
    witness.parser.push(Buffer.from(FROM_CLIENT_FRAME));
    witness.parser.serve(false, true, 0);
    witness.parser.push(Buffer.from(FROM_SERVER_FRAME));
    witness.parser.push(encodeFrame({ opcode: Opcode.Text, payload: 'deflated', rsv1: true }));
    expect(witness.texts).toEqual(['Hello', 'Hello', 'deflated']);
    witness.parser.serve(true, false, 0);
    witness.parser.push(encodeFrame({ opcode: Opcode.Text, payload: 'deflated', rsv1: true, key: KEY }));
    expect(witness.violations).toEqual([[Violations.ReservedBit1, 0]]);
  });

  test('counts on from what was read of it before', () => {
    const witness = new Witness();
    witness.parser.push(Buffer.from(FROM_CLIENT_FRAME));
    witness.parser.serve(true, false, 1_000);
    witness.parser.push(Buffer.from(FROM_CLIENT_FRAME));
    witness.parser.push(Buffer.from(FROM_SERVER_FRAME));
    expect(witness.violations).toEqual([[Violations.UnmaskedClientFrame, 1_000 + FROM_CLIENT_FRAME.length + 1]]);
  });
});
