// RFC 7692 between us and `ws`, in both directions: what one offers the other understands, what one compresses the other
// reads. Where the two decide differently on purpose, that is a test as well.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as ws from 'ws';
import { Deflater } from '../../src/deflate/deflater.ts';
import { Inflater } from '../../src/deflate/inflater.ts';
import { JobQueue } from '../../src/deflate/job-queue.ts';
import { acceptOffer, acceptResponse, createOffer, isNegotiationFailure } from '../../src/deflate/negotiation.ts';
import { normaliseOptions, type PerMessageDeflateOptions } from '../../src/deflate/options.ts';
import { type AgreedParameters, directionsOf } from '../../src/deflate/parameters.ts';
import { elements } from './elements.ts';
import { anyMessage, deflated, expectBytes, inflated } from './messages.ts';

type WsParameters = Record<string, string | number | boolean>;

/** The part of `ws` that its types do not know. */
interface WsPerMessageDeflate {
  offer(): WsParameters;
  accept(configurations: Record<string, (string | true)[]>[]): WsParameters;
  compress(data: Buffer, fin: boolean, callback: (error: Error | null, data: Buffer) => void): void;
  decompress(data: Buffer, fin: boolean, callback: (error: Error | null, data: Buffer) => void): void;
  cleanup(): void;
}

interface WsExtension {
  parse(header: string): Record<string, Record<string, (string | true)[]>[]>;
  format(extensions: Record<string, WsParameters>): string;
}

const { PerMessageDeflate, extension } = ws as unknown as {
  PerMessageDeflate: new (options: PerMessageDeflateOptions & { isServer: boolean }) => WsPerMessageDeflate;
  extension: WsExtension;
};

const NAME = 'permessage-deflate';

function wsOf(isServer: boolean, options: PerMessageDeflateOptions): WsPerMessageDeflate {
  return new PerMessageDeflate({ ...options, isServer });
}

/** A header field to what `ws` takes. */
function configurations(header: string): Record<string, (string | true)[]>[] {
  return extension.parse(header)[NAME]!;
}

/** What `ws` agreed to, in our words. */
function inOurWords(parameters: WsParameters): AgreedParameters {
  const bits = (value: WsParameters[string] | undefined) => (typeof value === 'number' ? value : 15);
  return {
    serverNoContextTakeover: parameters['server_no_context_takeover'] === true,
    clientNoContextTakeover: parameters['client_no_context_takeover'] === true,
    serverMaxWindowBits: bits(parameters['server_max_window_bits']),
    clientMaxWindowBits: bits(parameters['client_max_window_bits']),
  };
}

const anyOptions: fc.Arbitrary<PerMessageDeflateOptions> = fc.record(
  {
    serverNoContextTakeover: fc.boolean(),
    clientNoContextTakeover: fc.boolean(),
    serverMaxWindowBits: fc.integer({ min: 8, max: 15 }),
    clientMaxWindowBits: fc.oneof(fc.boolean(), fc.integer({ min: 8, max: 15 })),
  },
  { requiredKeys: [] },
);

/** Our client against a server of `ws`; `undefined` when the server declines. */
function agreeAsClient(ours: PerMessageDeflateOptions, theirs: PerMessageDeflateOptions) {
  const options = normaliseOptions(ours);
  const peer = wsOf(true, theirs);
  let accepted: WsParameters;
  try {
    accepted = peer.accept(configurations(createOffer(options)));
  } catch {
    return undefined;
  }
  const agreed = acceptResponse(elements(extension.format({ [NAME]: accepted })), options);
  return { peer, agreed, theirs: inOurWords(accepted) };
}

/** A client of `ws` against our server; `undefined` when we decline. */
function agreeAsServer(ours: PerMessageDeflateOptions, theirs: PerMessageDeflateOptions) {
  const peer = wsOf(false, theirs);
  const accepted = acceptOffer(elements(extension.format({ [NAME]: peer.offer() })), normaliseOptions(ours));
  if (accepted === undefined) return undefined;
  const parameters = peer.accept(configurations(accepted.response));
  return { peer, agreed: accepted.parameters, theirs: inOurWords(parameters) };
}

describe('negotiation', () => {
  test('our client and a server of ws agree on the same', () => {
    fc.assert(
      fc.property(anyOptions, anyOptions, (ours, theirs) => {
        const outcome = agreeAsClient(ours, theirs);
        if (outcome === undefined) return;
        const agreed = outcome.agreed as AgreedParameters;
        expect(isNegotiationFailure(agreed)).toBe(false);
        // A promise that ws did not repeat: we keep it, its inflater is merely larger than it must be.
        const { clientMaxWindowBits } = agreed;
        expect(clientMaxWindowBits).toBeLessThanOrEqual(outcome.theirs.clientMaxWindowBits);
        expect(agreed).toEqual({ ...outcome.theirs, clientMaxWindowBits });
        outcome.peer.cleanup();
      }),
      { numRuns: 500 },
    );
  });

  test('a client of ws and our server agree on the same', () => {
    fc.assert(
      fc.property(anyOptions, anyOptions, (ours, theirs) => {
        // ws fails the connection over a parameter that RFC 7692 §7.1.1.2 has every client support.
        if (theirs.clientNoContextTakeover === false && ours.clientNoContextTakeover !== false) return;
        const outcome = agreeAsServer(ours, theirs);
        if (outcome === undefined) return;
        // A promise that our server did not repeat: ws keeps it, our inflater is merely larger than it must be.
        const { clientMaxWindowBits } = outcome.theirs;
        expect(clientMaxWindowBits).toBeLessThanOrEqual(outcome.agreed.clientMaxWindowBits);
        expect({ ...outcome.agreed, clientMaxWindowBits }).toEqual(outcome.theirs);
        outcome.peer.cleanup();
      }),
      { numRuns: 500 },
    );
  });

  describe('we differ from ws', () => {
    const offered = (header: string, options: PerMessageDeflateOptions) =>
      acceptOffer(elements(header), normaliseOptions(options))?.response;

    test('no context takeover is our default, not only an option', () => {
      expect(wsOf(true, {}).accept(configurations(NAME))).toEqual({});
      expect(offered(NAME, {})).toBe(`${NAME}; server_no_context_takeover; client_no_context_takeover`);
    });

    test('serverNoContextTakeover: false lets us remember; ws declines whoever asks it to forget', () => {
      const options = { serverNoContextTakeover: false, clientNoContextTakeover: false };
      const header = `${NAME}; server_no_context_takeover`;
      expect(() => wsOf(true, options).accept(configurations(header))).toThrow('None of the extension offers');
      expect(offered(header, options)).toBe(header);
    });

    test('where both sides name a window we take the smaller; ws declines unless its own is', () => {
      const options = { serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 12 };
      const header = `${NAME}; server_max_window_bits=10`;
      expect(() => wsOf(true, options).accept(configurations(header))).toThrow('None of the extension offers');
      expect(offered(header, options)).toBe(header);
    });

    test('one malformed offer is passed over; ws lets it spoil the whole header', () => {
      const header = `${NAME}; server_max_window_bits=7, ${NAME}; client_no_context_takeover`;
      expect(() => wsOf(true, {}).accept(configurations(header))).toThrow('Invalid value');
      expect(offered(header, { serverNoContextTakeover: false })).toBe(`${NAME}; client_no_context_takeover`);
    });

    test.each(['08', '9.0', '0x9'])('"%s" is not a window; ws takes it for one', (value) => {
      const header = { server_max_window_bits: [value] };
      expect(wsOf(true, {}).accept([header])).toMatchObject({ server_max_window_bits: Number(value) });
      expect(offered(`${NAME}; server_max_window_bits=${value}`, {})).toBeUndefined();
    });

    test('a demand that is not answered fails our connection; ws does not notice', () => {
      const demands = { serverNoContextTakeover: true, serverMaxWindowBits: 9 };
      expect(wsOf(false, demands).accept(configurations(NAME))).toEqual({});
      expect(isNegotiationFailure(acceptResponse(elements(NAME), normaliseOptions(demands)))).toBe(true);
    });
  });
});

describe('messages', () => {
  const compress = (peer: WsPerMessageDeflate, data: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      peer.compress(data, true, (error, result) => (error === null ? resolve(result) : reject(error)));
    });
  const decompress = (peer: WsPerMessageDeflate, data: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      peer.decompress(data, true, (error, result) => (error === null ? resolve(result) : reject(error)));
    });

  async function exchange(
    role: 'server' | 'client',
    outcome: { peer: WsPerMessageDeflate; agreed: AgreedParameters },
    messages: readonly Buffer[],
  ): Promise<void> {
    const jobs = new JobQueue(10);
    const directions = directionsOf(outcome.agreed, role);
    const deflater = new Deflater({ ...directions.deflate, jobs });
    const inflater = new Inflater({ ...directions.inflate, jobs });
    try {
      for (const message of messages) {
        const sent = await deflated(deflater, Buffer.from(message));
        expectBytes(await decompress(outcome.peer, sent), message);
        // ws never compresses an empty message: zlib would flush nothing, and cutting the tail off nothing throws.
        if (message.length === 0) continue;
        const received = await compress(outcome.peer, Buffer.from(message));
        expectBytes(await inflated(inflater, received, message.length), message);
      }
    } finally {
      deflater.close();
      inflater.close();
      outcome.peer.cleanup();
    }
  }

  const anyMessages = fc.array(anyMessage, { minLength: 1, maxLength: 5 });

  test('our client and a server of ws understand each other both ways', async () => {
    await fc.assert(
      fc.asyncProperty(anyOptions, anyOptions, anyMessages, async (ours, theirs, messages) => {
        const outcome = agreeAsClient(ours, theirs);
        fc.pre(outcome !== undefined);
        await exchange('client', outcome as { peer: WsPerMessageDeflate; agreed: AgreedParameters }, messages);
      }),
      { numRuns: 80 },
    );
  });

  test('a client of ws and our server understand each other both ways', async () => {
    await fc.assert(
      fc.asyncProperty(anyOptions, anyOptions, anyMessages, async (ours, theirs, messages) => {
        fc.pre(theirs.clientNoContextTakeover !== false || ours.clientNoContextTakeover === false);
        const outcome = agreeAsServer(ours, theirs);
        fc.pre(outcome !== undefined);
        await exchange('server', outcome!, messages);
      }),
      { numRuns: 80 },
    );
  });
});
