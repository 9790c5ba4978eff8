import { Blob } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { asBinaryType, isBinaryType, isBlob, readerOf, toBytes, toPayload } from '../../src/websocket/payload.ts';

const memory = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]);

describe('toPayload', () => {
  it('leaves text and Buffers as they are', () => {
    const buffer = Buffer.from('bytes');
    expect(toPayload('text')).toBe('text');
    expect(toPayload(buffer)).toBe(buffer);
  });

  it('sends a number as its digits, never as so many bytes of memory', () => {
    expect(toPayload(100)).toBe('100');
    expect(toPayload(0)).toBe('0');
  });

  it('sends nothing as an empty message', () => {
    expect(toPayload(undefined)).toHaveLength(0);
    expect(toPayload(null)).toHaveLength(0);
  });

  it.each([
    ['a Uint8Array', memory.subarray(2, 5), [2, 3, 4]],
    ['a Uint16Array, byte by byte', new Uint16Array(memory.buffer, 2, 2), [2, 3, 4, 5]],
    ['a Float32Array', new Float32Array(memory.buffer, 4, 1), [4, 5, 6, 7]],
    ['a DataView', new DataView(memory.buffer, 1, 3), [1, 2, 3]],
    ['an ArrayBuffer', memory.buffer.slice(0, 2), [0, 1]],
    ['an array of numbers', [9, 8, 256], [9, 8, 0]],
  ])('takes the bytes of %s', (_kind, data, bytes) => {
    expect([...(toPayload(data as never) as Buffer)]).toEqual(bytes);
  });

  it('takes the bytes of a SharedArrayBuffer', () => {
    const shared = new SharedArrayBuffer(3);
    new Uint8Array(shared).set([7, 8, 9]);
    expect([...(toPayload(shared) as Buffer)]).toEqual([7, 8, 9]);
  });

  it('makes no copy of bytes', () => {
    expect((toPayload(memory.subarray(2, 5)) as Buffer).buffer).toBe(memory.buffer);
  });

  it.each([{}, () => {}, Symbol('no'), true])('refuses %o and says what it takes', (data) => {
    expect(() => toPayload(data as never)).toThrow(TypeError);
    expect(() => toPayload(data as never)).toThrow(/expected a string/);
  });
});

describe('toBytes', () => {
  it('encodes text as UTF-8', () => {
    expect(toBytes('é').toString('hex')).toBe('c3a9');
  });

  it('takes bytes as they are', () => {
    expect([...toBytes(memory.subarray(0, 2))]).toEqual([0, 1]);
  });
});

describe('Blobs', () => {
  it('are told from everything else', () => {
    expect(isBlob(new Blob([]))).toBe(true);
    expect(isBlob({ size: 3, arrayBuffer() {} })).toBe(false);
    expect(isBlob('blob')).toBe(false);
  });

  it('are read when their turn comes', async () => {
    const [error, data] = await new Promise<[Error | null, Buffer]>((resolve) => {
      readerOf(new Blob(['in a', ' blob']))((...values) => resolve(values));
    });
    expect(error).toBeNull();
    expect(String(data)).toBe('in a blob');
  });

  it('tell when they cannot be read', async () => {
    const broken = { arrayBuffer: () => Promise.reject(new Error('gone')) } as unknown as Blob;
    const [error] = await new Promise<[Error | null, Buffer]>((resolve) => {
      readerOf(broken)((...values) => resolve(values));
    });
    expect(error?.message).toBe('gone');
  });
});

describe('binaryType', () => {
  it('is one of four', () => {
    expect(['nodebuffer', 'arraybuffer', 'blob', 'fragments'].every(isBinaryType)).toBe(true);
    expect(isBinaryType('text')).toBe(false);
  });

  const view = Buffer.from(memory.buffer, 2, 3);

  it('nodebuffer is the Buffer itself', () => {
    expect(asBinaryType(view, 'nodebuffer')).toBe(view);
  });

  it('arraybuffer has exactly the bytes of the message', () => {
    expect([...new Uint8Array(asBinaryType(view, 'arraybuffer') as ArrayBuffer)]).toEqual([2, 3, 4]);
    const whole = Buffer.from(memory.buffer);
    expect(asBinaryType(whole, 'arraybuffer')).toBe(memory.buffer);
  });

  it('blob has them too', async () => {
    const blob = asBinaryType(view, 'blob') as Blob;
    expect([...new Uint8Array(await blob.arrayBuffer())]).toEqual([2, 3, 4]);
  });

  it('fragments are one piece', () => {
    expect(asBinaryType(view, 'fragments')).toEqual([view]);
  });
});
