// PerMessageDeflate beyond what the contract with `ws` asks: what it refuses, and what becomes of those who wait.
import { deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { PerMessageDeflate } from '../../src/drop-in/permessage-deflate.ts';

const made: PerMessageDeflate[] = [];

function agreedServer(options: ConstructorParameters<typeof PerMessageDeflate>[0] = {}): PerMessageDeflate {
  const extension = new PerMessageDeflate({ ...options, isServer: true });
  extension.accept([{}]);
  made.push(extension);
  return extension;
}

function compress(extension: PerMessageDeflate, data: string): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    extension.compress(data, true, (error, result) => (error === null ? resolve(result as Buffer) : reject(error))),
  );
}

function decompress(extension: PerMessageDeflate, data: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    extension.decompress(data, true, (error, result) => (error === null ? resolve(result as Buffer) : reject(error))),
  );
}

afterEach(() => {
  for (const extension of made.splice(0)) extension.cleanup();
});

describe('PerMessageDeflate', () => {
  it('throws at options that are not what they must be', () => {
    expect(() => new PerMessageDeflate({ serverMaxWindowBits: 7 })).toThrow(RangeError);
    expect(() => new PerMessageDeflate({ threshold: '1' as never })).toThrow(TypeError);
    expect(() => new PerMessageDeflate({ maxPayload: -1 })).toThrow(RangeError);
  });

  it('compresses nothing before something was agreed', () => {
    const extension = new PerMessageDeflate();
    expect(() => extension.compress('x', true, () => {})).toThrow(TypeError);
    expect(() => extension.decompress(Buffer.alloc(1), true, () => {})).toThrow(TypeError);
  });

  it('passes over an offer that cannot be read, for the next one may be sound (RFC 7692 §7)', () => {
    const extension = new PerMessageDeflate({ isServer: true });
    expect(extension.accept([{ unknown: [true] }, { client_no_context_takeover: [true] }])).toEqual({
      client_no_context_takeover: true,
    });
  });

  it('says why it does not accept an answer', () => {
    const client = new PerMessageDeflate({ serverNoContextTakeover: true });
    expect(() => client.accept([{}])).toThrow(/server_no_context_takeover .*RFC 7692 §7\.1\.1\.1/);
    expect(() => client.accept([])).toThrow(Error);
    expect(() => client.accept([{ server_no_context_takeover: [true] }, {}])).toThrow(/RFC 7692 §5/);
    expect(client.params).toBeNull();
  });

  it('holds to what its own offer promised, whatever the answer says', () => {
    const client = new PerMessageDeflate({ clientMaxWindowBits: 10, clientNoContextTakeover: true });
    expect(client.accept([{}])).toEqual({ client_max_window_bits: 10 });
  });

  it('answers in the order of the calls, and never inside one', async () => {
    const extension = agreedServer();
    const seen: string[] = [];
    const all = ['a'.repeat(100_000), 'b', 'c'.repeat(50_000)].map(
      (text) =>
        new Promise<void>((resolve) => {
          extension.compress(text, true, () => {
            seen.push(text.charAt(0));
            resolve();
          });
          seen.push('called');
        }),
    );
    await Promise.all(all);
    expect(seen).toEqual(['called', 'called', 'called', 'a', 'b', 'c']);
  });

  it('says that data is corrupt, and with which close code', async () => {
    await expect(decompress(agreedServer(), Buffer.from([0xff, 0xff]))).rejects.toMatchObject({ closeCode: 1007 });
  });

  it('stops a bomb in the thread pool, too', async () => {
    const bomb = deflateRawSync(Buffer.alloc(50_000_000)).subarray(0, -4);
    await expect(decompress(agreedServer({ maxPayload: 1_000_000 }), bomb)).rejects.toMatchObject({
      code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
      closeCode: 1009,
    });
  });

  it('tells those who wait for a message that will not be inflated any more', async () => {
    const extension = agreedServer();
    const waiting = decompress(extension, deflateRawSync(Buffer.alloc(10_000_000)));
    await new Promise((resolve) => setImmediate(resolve));
    extension.cleanup();
    await expect(waiting).rejects.toThrow('inflate');
  });

  it('can be used again after it was cleaned up, as in ws', async () => {
    const extension = agreedServer();
    const before = await compress(extension, 'the same text');
    extension.cleanup();
    // Without what it remembered: the same bytes again.
    expect(await compress(extension, 'the same text')).toEqual(before);
  });
});
