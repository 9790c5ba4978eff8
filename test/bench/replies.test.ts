// The check of what comes back can fail: on a wrong bit, a reply too many, too few or in the wrong order, in whatever
// pieces it comes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientFrame, Opcode } from '../../bench/load/frames.mjs';
import { learnReplies, READ_SIZE, type Replies, ReplyStream, WrongReply } from '../../bench/load/replies.mjs';

const payloads = [Buffer.from('one'), Buffer.from('two two'), Buffer.alloc(300, 3)];
const EXPECTATION = { payloads, opcode: Opcode.Binary, compressed: false, takeover: false, verbatim: false };

/** An unmasked frame, as a server sends it. */
function serverFrame(payload: Buffer, first = 0x80 | Opcode.Binary): Buffer {
  const header = payload.length <= 125 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([first, ...header]), payload]);
}

const frames = payloads.map((payload) => serverFrame(payload));
const round = Buffer.concat(frames);

function learnt(): Replies {
  return learnReplies(round, EXPECTATION)!;
}

describe('learning the replies to a round', () => {
  test('waits until they are all there', () => {
    for (let cut = 0; cut < round.length; cut++) {
      expect(learnReplies(round.subarray(0, cut), EXPECTATION)).toBeUndefined();
    }
    expect(learnt()).toMatchObject({ length: round.length, ends: Uint32Array.from([5, 14, 318]) });
  });

  test.each([
    ['a payload that differs', Buffer.concat([serverFrame(Buffer.from('onE')), round.subarray(5)])],
    ['a payload that is too short', Buffer.concat([serverFrame(Buffer.from('on')), round.subarray(5)])],
    ['another opcode', Buffer.concat([serverFrame(payloads[0]!, 0x81), round.subarray(5)])],
    ['a fragment', Buffer.concat([serverFrame(payloads[0]!, 0x02), round.subarray(5)])],
    ['compression nobody asked for', Buffer.concat([serverFrame(payloads[0]!, 0xc2), round.subarray(5)])],
    ['a masked frame', Buffer.concat([clientFrame(Opcode.Binary, payloads[0]!, 9), round.subarray(5)])],
    ['the wrong order', Buffer.concat([frames[1]!, frames[0]!, frames[2]!])],
    ['something behind the last reply', Buffer.concat([round, Buffer.from([0x82])])],
  ])('refuses %s', (_, bytes) => {
    expect(() => learnReplies(bytes, EXPECTATION)).toThrow(WrongReply);
  });

  test('insists on the very frames of the client where a server only hands them back', () => {
    const sent = Buffer.concat(payloads.map((payload) => clientFrame(Opcode.Binary, payload, 77)));
    expect(learnReplies(sent, { ...EXPECTATION, verbatim: true })).toMatchObject({ length: sent.length });
    expect(() => learnReplies(round, { ...EXPECTATION, verbatim: true })).toThrow(WrongReply);
  });
});

describe('the stream of replies', () => {
  /** Two rounds and a bit, in these pieces; the number of whole replies. */
  function received(bytes: Buffer, cuts: number[], stream = new ReplyStream(learnt())): number {
    let count = 0;
    let at = 0;
    for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
      count += stream.receive(bytes.subarray(at, cut), cut - at);
      at = cut;
    }
    return count;
  }

  const stretch = Buffer.concat([round, round, frames[0]!, frames[1]!.subarray(0, 4)]);

  test('counts the same replies however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stretch.length)), (cuts) => {
        expect(received(stretch, cuts)).toBe(7);
      }),
    );
  });

  test('is refused at any bit that is wrong, however it is cut', () => {
    fc.assert(
      fc.property(fc.nat(stretch.length - 1), fc.nat(7), fc.array(fc.nat(stretch.length)), (place, bit, cuts) => {
        const wrong = Buffer.from(stretch);
        wrong[place] = wrong[place]! ^ (1 << bit);
        expect(() => received(wrong, cuts)).toThrow(WrongReply);
      }),
    );
  });

  test.each([
    ['a reply twice', [0, 0, 1, 2]],
    ['a reply left out', [0, 2]],
    ['replies in the wrong order', [1, 0, 2]],
  ])('is refused with %s', (_, order) => {
    const bytes = Buffer.concat(order.map((index) => frames[index]!));
    expect(() => received(bytes, [])).toThrow(WrongReply);
  });

  test('takes a Ping out that comes between two replies, and wants it answered', () => {
    const ping = serverFrame(Buffer.from('ping'), 0x80 | Opcode.Ping);
    for (let before = 0; before <= 3; before++) {
      const bytes = Buffer.concat([...frames.slice(0, before), ping, ...frames.slice(before), round]);
      const cut = frames.slice(0, before).reduce((sum, { length }) => sum + length, 0);
      for (const cuts of [[], [cut], [cut + ping.length], [2], [cut + ping.length + 2]]) {
        if (cuts.some((at) => at > cut && at < cut + ping.length)) continue;
        const stream = new ReplyStream(learnt());
        expect(received(bytes, cuts, stream)).toBe(6);
        expect(stream.takePings().map(String)).toEqual(['ping']);
        expect(stream.takePings()).toEqual([]);
      }
    }
  });

  test('is refused with a Ping in the middle of a reply, and with another control frame between two', () => {
    const ping = serverFrame(Buffer.from('ping'), 0x80 | Opcode.Ping);
    expect(() => received(Buffer.concat([round.subarray(0, 3), ping, round.subarray(3)]), [])).toThrow(WrongReply);
    const pong = serverFrame(Buffer.from('ping'), 0x80 | Opcode.Pong);
    expect(() => received(Buffer.concat([frames[0]!, pong, frames[1]!]), [])).toThrow(WrongReply);
  });

  test('knows whether the last reply has come whole', () => {
    const stream = new ReplyStream(learnt());
    const whole = [];
    for (const byte of round) {
      whole.push(stream.isBetweenReplies);
      stream.receive(Buffer.from([byte]), 1);
    }
    expect(whole.flatMap((is, index) => (is ? [index] : []))).toEqual([0, 5, 14]);
    expect(stream.isBetweenReplies).toBe(true);
  });

  test('takes as much at a time as a read may bring', () => {
    const rounds = Math.ceil(READ_SIZE / round.length);
    const bytes = Buffer.concat(Array.from({ length: rounds }, () => round)).subarray(0, READ_SIZE);
    expect(received(bytes, [])).toBeGreaterThan((rounds - 1) * payloads.length);
  });
});
