// Target: the inflater, several messages to one context, inside the call and in the thread pool. Oracles: zlib's call for
// whole buffers; never a byte past the limit; exactly one answer; nothing left in the queue.
import { constants, deflateRawSync } from 'node:zlib';
import { type InflateFailure, InflateFailures, Inflater, JobQueue } from '../../../src/deflate/index.ts';
import { hex } from '../../frame/slow-frames.ts';
import { type FuzzTarget, require } from '../fuzz-target.ts';
import { slowInflate } from '../slow-connection.ts';

/** What the first byte picks from. Those above 128 KiB let a message go to the thread pool. */
const LIMITS = [1000, 0, 1, 60, 5, 131_072, 131_073, 400_000];
const NO_CONTEXT_TAKEOVER = 8;
/** Messages of one input, at most. */
const MAX_MESSAGES = 8;

/** The first byte: options. The second: the window. Then messages, each behind two bytes of length. */
function messagesOf(input: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 2; at + 2 <= input.length && messages.length < MAX_MESSAGES; ) {
    const length = input.readUInt16BE(at);
    messages.push(input.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return messages;
}

function inputOf(options: number, windowBits: number, ...messages: readonly Buffer[]): Buffer {
  const parts = messages.flatMap((message) => [Buffer.of(message.length >> 8, message.length & 255), message]);
  return Buffer.concat([Buffer.of(options, windowBits - 8), ...parts]);
}

function answerOf(inflater: Inflater, payload: Buffer, limit: number): Promise<Buffer | InflateFailure> {
  return new Promise((resolve, reject) => {
    let answers = 0;
    const answer = (result: Buffer | InflateFailure): void => {
      if (++answers > 1) reject(new Error('broken: exactly one answer'));
      resolve(result);
    };
    const result = inflater.inflate(payload, limit, { onInflated: answer, onInflateFailed: answer });
    if (result !== undefined) answer(result);
  });
}

async function check(input: Buffer): Promise<string> {
  const options = input[0] ?? 0;
  const maxPayload = LIMITS[options % LIMITS.length] as number;
  const contextTakeover = (options & NO_CONTEXT_TAKEOVER) === 0;
  const windowBits = 8 + ((input[1] ?? 0) % 8);
  const jobs = new JobQueue(1);
  const inflater = new Inflater({ windowBits, contextTakeover, jobs });
  const words: string[] = [];
  let window: Buffer = Buffer.alloc(0);
  for (const payload of messagesOf(input)) {
    const before = Buffer.from(payload);
    const result = await answerOf(inflater, payload, maxPayload);
    require(payload.equals(before), 'the payload is never written to');
    const slow = slowInflate(payload, { windowBits, maxPayload }, window);
    if (Buffer.isBuffer(result)) {
      require(result.length <= maxPayload, 'never past the limit');
      require(typeof slow !== 'string' && slow.equals(result), 'zlib inflates the same');
      if (contextTakeover) window = Buffer.concat([window, result]).subarray(-(2 ** windowBits));
      words.push(result.length === 0 ? 'empty' : result.length < 131_072 ? 'good' : 'long');
      continue;
    }
    const [name = ''] = Object.entries(InflateFailures).find(([, row]) => row === result) ?? [];
    require(name !== '', 'a failure is a row of the table');
    const names = { TooBig: 'InflatedTooBig', Corrupt: 'CorruptDeflate' } as Record<string, string>;
    require(typeof slow === 'string' && slow.split('|').includes(names[name] ?? name), `zlib agrees on ${name}`);
    words.push(name);
    // As a connection does: behind a failure nothing follows.
    break;
  }
  require(jobs.running + jobs.waiting === 0, 'no job is left in the queue');
  inflater.close();
  return `${options % 16} ${words.join()}`;
}

/** RFC 7692 §7.2.1 by hand. */
function deflated(message: string | Buffer, level = 6): Buffer {
  const bytes = deflateRawSync(message, { level, finishFlush: constants.Z_SYNC_FLUSH });
  return bytes.subarray(0, bytes.length - 4);
}

const hello = hex('f248cdc9c90700');
const bomb = deflated(Buffer.alloc(300_000));

export const inflater: FuzzTarget = {
  name: 'inflater',
  seeds: [
    inputOf(0, 15, hello, hex('f200110000'), hello),
    inputOf(NO_CONTEXT_TAKEOVER, 15, hello, hello),
    inputOf(0, 15, hex('f348cdc9c9070000'), hex('f200110000')),
    inputOf(0, 15, hex('f24805000000ffffcac9c90700'), hex('00'), Buffer.alloc(0)),
    inputOf(0, 9, hex('000500faff48656c6c6f00'), deflated('abcabcabcabc'.repeat(20))),
    inputOf(0, 15, hex('0300'.repeat(70))),
    inputOf(0, 15, hex('0300'.repeat(64)), hello),
    inputOf(3, 8, deflated('x'.repeat(61)), hello),
    inputOf(3, 8, deflated('x'.repeat(60)), hello),
    inputOf(7, 15, bomb, hello),
    inputOf(6, 15, bomb, hello),
    inputOf(7, 15, Buffer.concat([hex('0300'), bomb]), hex('f200110000')),
    inputOf(5, 12, deflated('{"id":1,"text":"hello, hello, hello"}'), deflated('{"id":2,"text":"hello"}', 0)),
    inputOf(0, 15, hex('f248cdc9c907'), hello),
    inputOf(0, 15, hex('ffff')),
  ],
  dictionary: ['0300', '010000ffff', '00', '0000ffff', '000500faff', 'f2', 'f3', '0007', '0002', '8000', 'ffff']
    .map(hex)
    .concat([hello, bomb, deflated('a'.repeat(50)), deflated(Buffer.alloc(140_000))]),
  check,
};
