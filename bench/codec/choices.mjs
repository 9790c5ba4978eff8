// Choices that made it fast, each beside the way that was not taken. The titles begin with `choice`, so that
// `npm run bench:codec -- --only choice` measures what docs/performance.md says of them.
// @ts-check
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { roundOf } from '../load/messages.mjs';
import { expectEqual, KEY, payloadOf } from './contest.mjs';

/** @typedef {import('./contest.mjs').Contest} Contest */
/** @typedef {import('./contest.mjs').Contestant} Contestant */
/** @typedef {import('./contest.mjs').Sluice} Sluice */

const LARGE = 16 * 1024;
/** `00 00 ff ff`, which RFC 7692 §7.2.1 cuts off. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const MAX_WINDOW_BITS = 15;
const SYNC_FLUSH = { finishFlush: constants.Z_SYNC_FLUSH };

/** Twelve fields, as a browser sends them. */
const HEAD = [
  'GET /ws HTTP/1.1',
  'Host: 127.0.0.1:8080',
  'Connection: Upgrade',
  'Pragma: no-cache',
  'Cache-Control: no-cache',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Upgrade: websocket',
  'Origin: http://127.0.0.1:8080',
  'Sec-WebSocket-Version: 13',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en-US;q=0.9,en;q=0.8',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
];
const FIELDS = HEAD.length - 1;

/**
 * @param {Sluice} sluice
 * @returns {Contest[]}
 */
export function choiceContests(sluice) {
  return [
    { title: `choice: mask ${LARGE} B, eight bytes at a time`, contestants: () => masking(sluice) },
    { title: 'choice: deflate 1 KiB of JSON in a window no larger than it', contestants: () => deflating(sluice) },
    { title: `choice: read a head of ${FIELDS} fields in one pass`, contestants: () => readingHeads(sluice) },
  ];
}

/**
 * @param {Sluice} sluice
 * @returns {Contestant[]}
 */
function masking({ frame: { mask } }) {
  const ways = { 'sluice: mask': mask, 'four bytes at a time, four times a round': maskByInt32 };
  return Object.entries(ways).map(([name, way]) => {
    const bytes = payloadOf(LARGE);
    return {
      name,
      messages: 1,
      run: () => way(bytes, 0, bytes.length, KEY),
      check: () => {
        const found = payloadOf(LARGE);
        way(found, 0, LARGE, KEY);
        const wanted = payloadOf(LARGE).map((byte, index) => byte ^ ((KEY >>> (8 * (index & 3))) & 0xff));
        expectEqual(Buffer.compare(found, wanted), 0, 'the order of the masked bytes');
        return 1;
      },
    };
  });
}

/**
 * For bytes that begin and end at a word.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @param {number} key
 */
function maskByInt32(bytes, start, end, key) {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + start, (end - start) >> 2);
  for (let index = 0; index < words.length; index += 4) {
    /** @type {number} */ (words[index]) ^= key;
    /** @type {number} */ (words[index + 1]) ^= key;
    /** @type {number} */ (words[index + 2]) ^= key;
    /** @type {number} */ (words[index + 3]) ^= key;
  }
}

/**
 * @param {Sluice} sluice
 * @returns {Contestant[]}
 */
function deflating({ deflate: { Deflater, JobQueue } }) {
  const [payload] = roundOf({ content: 'json', size: 1024, compression: 'none' }).payloads;
  const message = /** @type {Buffer} */ (payload);
  const sink = { onDeflated: () => {}, onDeflateFailed: () => {} };
  const deflater = new Deflater({ windowBits: MAX_WINDOW_BITS, contextTakeover: false, jobs: new JobQueue(1) });
  const ways = {
    'sluice: Deflater': () => deflater.deflate(message, sink),
    'the window of zlib, 32 KiB': () => deflateRawSync(message, SYNC_FLUSH).subarray(0, -TAIL.length),
  };
  return Object.entries(ways).map(([name, way]) => ({
    name,
    messages: 1,
    run: () => {
      way();
    },
    check: () => {
      const deflated = Buffer.concat([way() ?? Buffer.alloc(0), TAIL]);
      expectEqual(inflateRawSync(deflated, SYNC_FLUSH).toString(), message.toString(), 'what inflates from it');
      return 1;
    },
  }));
}

/**
 * @param {Sluice} sluice
 * @returns {Contestant[]}
 */
function readingHeads({ http: { RequestHeadParser, HeadProgress } }) {
  const bytes = Buffer.from(`${HEAD.join('\r\n')}\r\n\r\n`);
  const ways = {
    'sluice: RequestHeadParser': () => {
      const parser = new RequestHeadParser();
      expectEqual(parser.push(bytes), HeadProgress.Complete, 'the progress');
      return parser.head?.fields.get('sec-websocket-key');
    },
    'a string, cut at its lines, without any check': () => {
      const [, ...lines] = bytes.toString('latin1').split('\r\n');
      const fields = new Map();
      for (const line of lines) {
        const colon = line.indexOf(':');
        if (colon !== -1) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
      }
      return fields.get('sec-websocket-key');
    },
  };
  return Object.entries(ways).map(([name, way]) => ({
    name,
    messages: 1,
    run: () => {
      way();
    },
    check: () => {
      expectEqual(way(), 'dGhlIHNhbXBsZSBub25jZQ==', 'the field');
      return 1;
    },
  }));
}
