import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dissection, Field } from '../../src/inspect/dissection.ts';
import { dissectFrame } from '../../src/inspect/frame-dissector.ts';
import { frameOf, hex } from './frames.ts';

const PLAIN = { compression: false };

/** `name: value` of every field. */
function listed({ fields }: Dissection): string[] {
  return fields.map(({ name, value }) => `${name}: ${value}`);
}

describe('the examples of RFC 6455 §5.7', () => {
  test('a single-frame unmasked text message', () => {
    const dissection = dissectFrame(hex('81 05 48 65 6c 6c 6f'), PLAIN);
    expect(listed(dissection)).toEqual([
      'FIN: 1',
      'RSV1: 0',
      'RSV2: 0',
      'RSV3: 0',
      'Opcode: 0x1 Text',
      'MASK: 0',
      'Payload length: 5',
      'Payload data: “Hello”',
    ]);
    expect(dissection).toMatchObject({
      kind: 'frame',
      author: 'server',
      title: 'Text',
      summary: 'Hello',
      length: 7,
      complete: true,
      breach: undefined,
    });
  });

  test('a single-frame masked text message', () => {
    const dissection = dissectFrame(hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'), PLAIN);
    expect(listed(dissection).slice(5)).toEqual([
      'MASK: 1',
      'Payload length: 5',
      'Masking key: 37fa213d',
      'Payload data: “Hello”',
    ]);
    expect(dissection).toMatchObject({ author: 'client', payload: { offset: 6, unmasked: Buffer.from('Hello') } });
  });

  test('a fragmented unmasked text message', () => {
    const first = dissectFrame(hex('01 03 48 65 6c'), PLAIN);
    const last = dissectFrame(hex('80 02 6c 6f'), PLAIN);
    expect(first.fields[0]).toMatchObject({ value: '0', meaning: 'more frames of this message follow' });
    expect(last.fields[0]).toMatchObject({ value: '1', meaning: 'the last frame of its message' });
    expect([first.title, last.title]).toEqual(['Text', 'Continuation']);
  });

  test('an unmasked Ping and its masked answer', () => {
    expect(dissectFrame(hex('89 05 48 65 6c 6c 6f'), PLAIN).title).toBe('Ping');
    const pong = dissectFrame(hex('8a 85 37 fa 21 3d 7f 9f 4d 51 58'), PLAIN);
    expect(pong).toMatchObject({ title: 'Pong', payload: { unmasked: Buffer.from('Hello') } });
  });

  test('256 bytes of binary data', () => {
    const dissection = dissectFrame(Buffer.concat([hex('82 7e 01 00'), Buffer.alloc(256)]), PLAIN);
    expect(listed(dissection).slice(5)).toEqual([
      'MASK: 0',
      'Payload length: 126',
      'Extended payload length: 256',
      'Payload data: 256 bytes',
    ]);
  });

  test('64 KiB of binary data', () => {
    const dissection = dissectFrame(Buffer.concat([hex('82 7f 00 00 00 00 00 01 00 00'), Buffer.alloc(65_536)]), PLAIN);
    expect(listed(dissection)).toContain('Extended payload length: 65536');
    expect(dissection).toMatchObject({ length: 65_546, complete: true });
  });
});

describe('a frame that is not all there', () => {
  test.each([
    ['', [], 0],
    ['81', ['Opcode: 0x1 Text'], 1],
    ['81 85', ['Payload length: 5'], 11],
    ['81 fe 01', ['Payload length: 126'], 3],
    ['81 85 37 fa 21', ['Payload length: 5'], 11],
    ['81 85 37 fa 21 3d', ['Masking key: 37fa213d'], 11],
    ['81 85 37 fa 21 3d 7f', ['Payload data: “H”'], 11],
  ])('"%s" shows what there is', (bytes, last, length) => {
    const dissection = dissectFrame(hex(bytes), PLAIN);
    expect(listed(dissection).slice(-1)).toEqual(last);
    expect(dissection).toMatchObject({ complete: false, length });
  });
});

describe('what the bytes do not say', () => {
  test('is who sent them: told, a frame without a mask is a breach of a client', () => {
    const frame = hex('81 00');
    expect(dissectFrame(frame, PLAIN).breach).toBeUndefined();
    expect(dissectFrame(frame, { ...PLAIN, author: 'client' })).toMatchObject({
      author: 'client',
      breach: { offset: 1 },
    });
  });

  test('is whether RSV1 means something', () => {
    const rsv1 = (bytes: string, compression: boolean) => dissectFrame(hex(bytes), { compression }).fields[1] as Field;
    expect(rsv1('c1 00', true)).toMatchObject({ value: '1', section: 'RFC 7692 §6' });
    expect(rsv1('c1 00', true).meaning).toContain('compressed');
    expect(rsv1('c1 00', false).meaning).toContain('no extension');
    expect(rsv1('81 00', true).meaning).toBe('this message is not compressed');
    expect(rsv1('80 00', true).meaning).toContain('first frame');
    expect(rsv1('89 00', true).meaning).toBe('control frames are never compressed');
    expect(rsv1('81 00', false)).toMatchObject({ section: 'RFC 6455 §5.2' });
  });
});

test('RSV2 and RSV3 are told apart', () => {
  expect(listed(dissectFrame(hex('a1 00'), PLAIN)).slice(2, 4)).toEqual(['RSV2: 1', 'RSV3: 0']);
  expect(listed(dissectFrame(hex('91 00'), PLAIN)).slice(2, 4)).toEqual(['RSV2: 0', 'RSV3: 1']);
});

test('a control frame says that it is never fragmented, an empty one that there is no payload', () => {
  const { fields } = dissectFrame(hex('88 00'), PLAIN);
  expect(fields[0]?.meaning).toBe('control frames are never fragmented');
  expect(fields.at(-1)?.meaning).toBe('there is no payload');
});

test('what stands behind the frame is not of it', () => {
  expect(dissectFrame(hex('81 01 61 81 01 62'), PLAIN)).toMatchObject({ length: 3, summary: 'a', complete: true });
});

describe('any bytes', () => {
  const frames = fc.record({
    opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
    fin: fc.boolean(),
    payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    key: fc.integer(),
  });

  test('have fields that cover every bit once, in order and without a gap', () => {
    fc.assert(
      fc.property(frames, (parts) => {
        const frame = frameOf(parts);
        let next = 0;
        for (const { offset, length, bits } of dissectFrame(frame, PLAIN).fields) {
          expect(offset * 8 + (bits?.first ?? 0)).toBe(next);
          next += bits?.count ?? length * 8;
        }
        expect(next).toBe(frame.length * 8);
      }),
    );
  });

  test('give back the payload that was written', () => {
    fc.assert(
      fc.property(frames, (parts) => {
        expect(dissectFrame(frameOf(parts), PLAIN).payload?.unmasked).toEqual(parts.payload);
      }),
    );
  });

  test('are taken apart without a throw, and not changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, compression) => {
        const before = Buffer.from(bytes);
        const dissection = dissectFrame(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { compression });
        expect(Buffer.from(bytes)).toEqual(before);
        for (const { offset, length } of dissection.fields) expect(offset + length).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 500 },
    );
  });
});
