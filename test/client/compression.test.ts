// What a client makes of the server's word about permessage-deflate: RFC 7692 §5, §7.1.
import { describe, expect, test } from 'vitest';
import { agreeOnCompression, isCompressionFailure } from '../../src/client/compression.ts';
import type { Compression } from '../../src/connection/index.ts';
import { type NegotiationFailure, NegotiationFailures, normaliseOptions } from '../../src/deflate/index.ts';
import { type Extension, parseExtensions } from '../../src/handshake/index.ts';

const options = normaliseOptions({ serverNoContextTakeover: false, clientNoContextTakeover: false });

function agree(answer: string, given = options): Compression | NegotiationFailure | undefined {
  return agreeOnCompression(parseExtensions(answer) as readonly Extension[], given);
}

describe('the answer', () => {
  test('without the extension means that nothing is compressed', () => {
    expect(agreeOnCompression([], options)).toBeUndefined();
    expect(isCompressionFailure(undefined)).toBe(false);
  });

  test('is not asked for where nothing was offered', () => {
    expect(agreeOnCompression([], undefined)).toBeUndefined();
  });

  test('decides for each direction: the client compresses by what the client has to do', () => {
    const agreed = agree('permessage-deflate; client_no_context_takeover; client_max_window_bits=9') as Compression;
    expect(isCompressionFailure(agreed)).toBe(false);
    expect(agreed.deflater.contextTakeover).toBe(false);
    expect(agreed.deflater.key).toMatch(/^9 /);
    expect((agree('permessage-deflate; server_no_context_takeover') as Compression).deflater.contextTakeover).toBe(
      true,
    );
  });

  test('that does not fit the offer is a failure, and nothing is made', () => {
    const agreed = agree('permessage-deflate; server_max_window_bits=16');
    expect(isCompressionFailure(agreed)).toBe(true);
    expect(agreed).toBe(NegotiationFailures.ServerMaxWindowBitsValue);
  });
});

test('clients with the same limit share a queue of jobs, whichever of them came first', async () => {
  const narrow = normaliseOptions({ ...options, concurrencyLimit: 1, zlibDeflateOptions: {}, zlibInflateOptions: {} });
  const [one, other] = [agree('permessage-deflate', narrow), agree('permessage-deflate', narrow)] as Compression[];
  const order: string[] = [];
  const long = Buffer.alloc(1 << 20, 'ab');
  const done = (name: string) =>
    new Promise<void>((resolve, reject) => {
      const compression = (name === 'one' ? one : other) as Compression;
      const onDeflated = (): void => {
        order.push(name);
        resolve();
      };
      // The second is much shorter, and would be first if it did not have to wait for its turn.
      const payload = name === 'one' ? long : long.subarray(0, 64 * 1024);
      expect(compression.deflater.deflate(payload, { onDeflated, onDeflateFailed: reject })).toBeUndefined();
    });
  await Promise.all([done('one'), done('other')]);
  expect(order).toEqual(['one', 'other']);
  one?.deflater.close();
  other?.deflater.close();
  one?.inflater.close();
  other?.inflater.close();
});
