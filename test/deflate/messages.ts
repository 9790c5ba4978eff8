// What the tests of this folder share: messages to compress, and promises around the sinks that also count the calls.
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Deflater } from '../../src/deflate/deflater.ts';
import type { InflateFailure } from '../../src/deflate/inflate-failure.ts';
import type { Inflater } from '../../src/deflate/inflater.ts';

/** Some JSON of exactly this many bytes. It shrinks to about a quarter. */
export function json(length: number, seed = 1): Buffer {
  let text = '[';
  for (let id = seed; text.length < length; id += 1) {
    text += JSON.stringify({ id, user: `user${(id * 7919) % 1000}`, text: `hello ${Math.sin(id).toString(36)}` });
    text += ',';
  }
  return Buffer.from(text.slice(0, length), 'latin1');
}

/** Bytes that look random and are the same every time (a linear congruential generator). */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** `48 65` to bytes. */
export function hex(bytes: string): Buffer {
  return Buffer.from(bytes.replaceAll(' ', ''), 'hex');
}

/** Byte for byte the same. `toEqual` says more when it fails, but takes seconds for a long message. */
export function expectBytes(actual: unknown, expected: Buffer): void {
  expect(Buffer.isBuffer(actual) ? actual.equals(expected) : actual).toBe(true);
}

/** Compresses, and waits for the sink when there was no answer at once. Fails when the sink is called inside the call. */
export function deflated(deflater: Deflater, payload: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let insideTheCall = true;
    const answer = (settle: () => void) => {
      if (insideTheCall) reject(new Error('the sink was called inside deflate()'));
      settle();
    };
    const data = deflater.deflate(payload, {
      onDeflated: (later) => answer(() => resolve(later)),
      onDeflateFailed: (error) => answer(() => reject(error)),
    });
    insideTheCall = false;
    if (data !== undefined) resolve(data);
  });
}

/** Decompresses, and waits for the sink when there was no answer at once. Fails when the sink is called inside the call. */
export function inflated(
  inflater: Inflater,
  payload: Buffer,
  maxLength = Number.POSITIVE_INFINITY,
): Promise<Buffer | InflateFailure> {
  return new Promise((resolve, reject) => {
    let insideTheCall = true;
    const answer = (result: Buffer | InflateFailure) => {
      if (insideTheCall) reject(new Error('the sink was called inside inflate()'));
      resolve(result);
    };
    const result = inflater.inflate(payload, maxLength, { onInflated: answer, onInflateFailed: answer });
    insideTheCall = false;
    if (result !== undefined) resolve(result);
  });
}

/** A sink that must not be called. */
export const silentSink = {
  onDeflated: () => {
    throw new Error('onDeflated must not be called');
  },
  onDeflateFailed: () => {
    throw new Error('onDeflateFailed must not be called');
  },
  onInflated: () => {
    throw new Error('onInflated must not be called');
  },
  onInflateFailed: () => {
    throw new Error('onInflateFailed must not be called');
  },
};

/** Messages as applications send them: nothing, noise, text that repeats itself, short and long. */
export const anyMessage: fc.Arbitrary<Buffer> = fc.oneof(
  { arbitrary: fc.constant(Buffer.alloc(0)), weight: 1 },
  {
    arbitrary: fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
    weight: 3,
  },
  {
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.nat(50)).map(([length, seed]) => json(length, seed)),
    weight: 4,
  },
  {
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 60_000 }), fc.nat(9)).map(([length, seed]) => json(length, seed)),
    weight: 2,
  },
  {
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 40_000 }), fc.nat(9))
      .map(([length, seed]) => Buffer.concat([noise(length, seed), json(300), noise(length >> 1, seed)])),
    weight: 2,
  },
);
