// Frames written: ours into a slab, as an outbox has it, beside the Sender of `ws`, which makes a list of buffers, and
// beside RFC 6455 §5.2 as it is written.
// @ts-check
import { clientFrame, Opcode, readFrame, serverFrame } from '../load/frames.mjs';
import { expectEqual, KEY, payloadOf, Sender, SIZES } from './contest.mjs';

const SLAB_SIZE = 64 * 1024;

/** @typedef {import('./contest.mjs').Contest} Contest */
/** @typedef {import('./contest.mjs').Contestant} Contestant */
/** @typedef {import('./contest.mjs').Sluice} Sluice */

/**
 * @param {Sluice} sluice
 * @returns {Contest[]}
 */
export function writingContests(sluice) {
  return [false, true].flatMap((masked) =>
    SIZES.map((size) => ({
      title: `write ${size} B, ${masked ? 'masked' : 'unmasked'}`,
      contestants: () => writing(sluice, size, masked),
    })),
  );
}

/** A ByteSink that starts again from the front when it is full. */
class RoundSlab {
  target = Buffer.alloc(SLAB_SIZE);
  position = 0;
  /** @type {Uint8Array | undefined} */
  attached = undefined;

  /** @param {number} size */
  reserve(size) {
    if (this.position + size > this.target.length) this.position = 0;
    return this.position;
  }

  /** @param {number} size */
  commit(size) {
    this.position += size;
  }

  /** @param {Uint8Array} payload */
  attach(payload) {
    this.attached = payload;
  }

  /** @param {Uint8Array} frame */
  share(frame) {
    this.attach(frame);
  }
}

/**
 * @param {Sluice} sluice
 * @param {number} size
 * @param {boolean} masked
 * @returns {Contestant[]}
 */
function writing(sluice, size, masked) {
  const { UNMASKED, writeFrame } = sluice.frame;
  const payload = payloadOf(size);
  const key = masked ? KEY : UNMASKED;
  const maskOfWs = Buffer.alloc(4);
  const options = {
    fin: true,
    opcode: Opcode.Binary,
    rsv1: false,
    mask: masked,
    readOnly: true,
    generateMask: (/** @type {Buffer} */ bytes) => bytes.writeInt32LE(KEY),
    maskBuffer: maskOfWs,
  };
  const slab = new RoundSlab();
  const check = (/** @type {Uint8Array[]} */ pieces) => {
    const bytes = Buffer.concat(pieces);
    const frame = readFrame(bytes, 0);
    expectEqual(frame?.payload, payload, 'the payload');
    expectEqual([frame?.opcode, frame?.masked, frame?.end], [Opcode.Binary, masked, bytes.length], 'the frame');
    return 1;
  };
  const plainly = () => (masked ? clientFrame(Opcode.Binary, payload, KEY) : serverFrame(Opcode.Binary, payload));
  return [
    {
      name: 'sluice: writeFrame into a slab',
      messages: 1,
      run: () => writeFrame(slab, Opcode.Binary, true, false, payload, key),
      check: () => {
        slab.position = 0;
        writeFrame(slab, Opcode.Binary, true, false, payload, key);
        return check([slab.target.subarray(0, slab.position), ...(slab.attached === undefined ? [] : [slab.attached])]);
      },
    },
    {
      name: 'ws: Sender.frame, a list of buffers',
      messages: 1,
      run: () => {
        Sender.frame(payload, options);
      },
      check: () => check(Sender.frame(payload, options)),
    },
    {
      name: 'a buffer for each, byte by byte',
      messages: 1,
      run: () => {
        plainly();
      },
      check: () => check([plainly()]),
    },
  ];
}
