import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CloseCode, Opcode } from '../../src/frame/index.ts';
import { dissectPayload, type PayloadHeader } from '../../src/inspect/payload-dissector.ts';
import { hex } from './frames.ts';

function header(parts: Partial<PayloadHeader>): PayloadHeader {
  return { opcode: Opcode.Text, fin: true, rsv1: false, masked: false, offset: 2, complete: true, ...parts };
}

function only(parts: Partial<PayloadHeader>, payload: Buffer | string) {
  const { fields, summary } = dissectPayload(header(parts), Buffer.from(payload as Buffer));
  expect(fields).toHaveLength(1);
  return { ...fields[0], summary };
}

test('no payload has no field', () => {
  expect(dissectPayload(header({}), Buffer.alloc(0))).toEqual({ fields: [], summary: '' });
});

describe('data frames', () => {
  test('text is quoted', () => {
    expect(only({ offset: 6 }, 'Hello')).toMatchObject({
      name: 'Payload data',
      offset: 6,
      length: 5,
      value: '“Hello”',
      section: 'RFC 6455 §5.6',
      summary: 'Hello',
    });
  });

  test('text of a client says that it is masked on the wire, text of a server does not', () => {
    expect(only({ masked: true }, 'Hello').meaning).toContain('masked');
    expect(only({ masked: false }, 'Hello').meaning).not.toContain('masked');
  });

  test('a first fragment says that more follows (§5.4)', () => {
    expect(only({ fin: false }, 'Hel').meaning).toContain('more follows');
  });

  test.each([
    [true, 'the last part'],
    [false, 'the next part'],
  ])('a continuation with FIN %s is %s', (fin, meaning) => {
    expect(only({ opcode: Opcode.Continuation, fin }, 'lo').meaning).toContain(meaning);
  });

  test('binary data is counted and not quoted', () => {
    expect(only({ opcode: Opcode.Binary }, hex('00 ff'))).toMatchObject({ value: '2 bytes', summary: '' });
  });
});

describe('Ping and Pong', () => {
  test.each([
    [Opcode.Ping, 'RFC 6455 §5.5.2'],
    [Opcode.Pong, 'RFC 6455 §5.5.3'],
  ])('opcode %i shows its bytes', (opcode, section) => {
    expect(only({ opcode }, hex('0102'))).toMatchObject({ value: '2 bytes: 0102', section });
  });
});

describe('the body of a Close (§5.5.1)', () => {
  test('is a code and a reason', () => {
    const { fields, summary } = dissectPayload(header({ opcode: Opcode.Close, offset: 6 }), hex('03e8 627965'));
    expect(fields).toMatchObject([
      { name: 'Close code', offset: 6, length: 2, value: '1000', section: 'RFC 6455 §7.4' },
      { name: 'Close reason', offset: 8, length: 3, value: '“bye”', section: 'RFC 6455 §7.1.6' },
    ]);
    expect(summary).toBe('1000 bye');
  });

  test('may be a code alone', () => {
    expect(only({ opcode: Opcode.Close }, hex('03e9'))).toMatchObject({ name: 'Close code', summary: '1001' });
  });

  test('of one byte is half a code', () => {
    expect(only({ opcode: Opcode.Close }, hex('03'))).toMatchObject({ meaning: 'half a close code', length: 1 });
  });

  test.each([
    [1004, 'must not be sent'],
    [CloseCode.NoStatusReceived, 'must not be sent'],
    [2999, 'must not be sent'],
    [3000, 'registered'],
    [3999, 'registered'],
    [4000, 'of the application'],
    [CloseCode.ServiceRestart, 'service restart'],
  ])('%i: %s', (code, meaning) => {
    const body = Buffer.alloc(2);
    body.writeUInt16BE(code);
    expect(only({ opcode: Opcode.Close }, body).meaning).toContain(meaning);
  });
});

describe('a compressed payload (RFC 7692 §7.2.3)', () => {
  test('of one frame is inflated', () => {
    expect(only({ rsv1: true }, hex('f248cdc9c90700'))).toMatchObject({
      value: '“Hello”',
      meaning: 'DEFLATE data of 7 bytes: inflated, 5 bytes',
      section: 'RFC 7692 §7.2.2',
      summary: 'Hello',
    });
  });

  test('of binary data is counted', () => {
    expect(only({ rsv1: true, opcode: Opcode.Binary }, hex('f248cdc9c90700'))).toMatchObject({ value: '7 bytes' });
  });

  test.each([
    ['in fragments', { fin: false }, 'f248cdc9c90700'],
    ['that is not all there', { complete: false }, 'f248cdc9'],
    ['that leans on a message before it (§7.2.3.2)', {}, 'f200110000'],
    ['that is no DEFLATE data', {}, 'ffffff'],
  ])('%s is shown as it is', (_, parts, payload) => {
    expect(only({ rsv1: true, ...parts }, hex(payload))).toMatchObject({ summary: 'compressed' });
  });

  test('that inflates to more than anybody wants to see is shown as it is', () => {
    const bomb = deflateRawSync(Buffer.alloc(10_000_000));
    expect(only({ rsv1: true }, bomb)).toMatchObject({ summary: 'compressed' });
  });
});
