// What connections are told, alone and together, at rest and in the middle of something, in any order: each hears all of it in the
// order of the calls (RFC 6455 §6.1), and bufferedAmount is what it must be. Worked out here by no code of ours. Real sockets.
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { PreparedMessage } from '../../src/message/index.ts';
import { Engine } from '../../src/websocket/engine.ts';
import { FrameReader, frame, open, PING, PONG, settled, TEXT } from './raw-peer.ts';

const CONNECTIONS = 3;
/** More than all that is said: above the mark send() asks the kernel meanwhile. */
const MIB = 1_048_576;

/** What an application does next. */
type Step =
  /** Everybody is told a prepared message, but for some. */
  | { readonly kind: 'broadcast'; readonly message: number; readonly except: readonly number[] }
  /** One is told something by itself. */
  | { readonly kind: 'send' | 'prepared with a callback' | 'ping' | 'answer a Ping'; readonly to: number }
  /** One is told a message in two parts, and a prepared one meanwhile. */
  | { readonly kind: 'parts'; readonly to: number }
  /** Everything that was said leaves. */
  | { readonly kind: 'wait' };

const SIZES = [0, 1, 100, 125, 126, 4_000, 9_000, 20_000];
const to = fc.nat(CONNECTIONS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('broadcast' as const),
      message: fc.nat(SIZES.length - 1),
      except: fc.array(to, { maxLength: 1 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'send' as const,
        'prepared with a callback' as const,
        'ping' as const,
        'answer a Ping' as const,
      ),
      to,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('parts' as const), to }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'wait' as const }) },
);

test('each connection hears what it was told, in that order', async () => {
  const lend = vi.spyOn(Engine, 'lend');
  const members = await Promise.all(Array.from({ length: CONNECTIONS }, () => open({ highWaterMark: MIB })));
  const readers = members.map(() => new FrameReader());
  const heard: string[][] = members.map(() => []);
  for (const [index, { peer }] of members.entries()) {
    peer.socket.on('data', (chunk: Buffer) => {
      for (const { opcode, fin, payload } of (readers[index] as FrameReader).push(chunk))
        heard[index]?.push(`${opcode} ${fin} ${payload}`);
    });
  }
  const messages = SIZES.map((size, index) => new PreparedMessage(Buffer.alloc(size, String(index)), false));
  let toldAtRest = 0;

  async function play(steps: readonly Step[]): Promise<void> {
    const told: string[][] = members.map(() => []);
    for (const each of heard) each.length = 0;
    let called = 0;
    let owed = 0;
    for (const [number, each] of steps.entries()) {
      if (each.kind === 'wait') {
        await settled();
        continue;
      }
      if (each.kind === 'broadcast') {
        const message = messages[each.message] as PreparedMessage;
        lend.mockClear();
        for (const [index, { websocket }] of members.entries()) {
          if (each.except.includes(index)) continue;
          const before = websocket.bufferedAmount;
          websocket.send(message);
          const { length } = message.payload;
          expect(websocket.bufferedAmount - before).toBe(length + (length < 126 ? 2 : 4));
          told[index]?.push(`${TEXT} true ${message.payload}`);
        }
        toldAtRest += lend.mock.calls.length === 0 ? 1 : 0;
        continue;
      }
      const { websocket, ours } = members[each.to] as (typeof members)[number];
      const text = `<${number}>`;
      const lines = told[each.to] as string[];
      switch (each.kind) {
        case 'send':
          websocket.send(text);
          lines.push(`${TEXT} true ${text}`);
          break;
        case 'prepared with a callback':
          owed++;
          websocket.send(messages[2] as PreparedMessage, () => void called++);
          lines.push(`${TEXT} true ${(messages[2] as PreparedMessage).payload}`);
          break;
        case 'ping':
          websocket.ping(text);
          lines.push(`${PING} true ${text}`);
          break;
        case 'answer a Ping':
          ours.emit('data', frame(PING, text));
          lines.push(`${PONG} true ${text}`);
          break;
        case 'parts':
          websocket.send(text, { fin: false });
          websocket.send(messages[1] as PreparedMessage);
          websocket.send(text);
          lines.push(
            `${TEXT} false ${text}`,
            `0 true ${text}`,
            `${TEXT} true ${(messages[1] as PreparedMessage).payload}`,
          );
      }
    }
    await vi.waitFor(() => expect(heard.map(({ length }) => length)).toEqual(told.map(({ length }) => length)));
    await vi.waitFor(() => expect(called).toBe(owed));
    expect(heard).toEqual(told);
    for (const { websocket } of members) expect(websocket.bufferedAmount).toBe(0);
  }

  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), play), { numRuns: 100 });
  // Otherwise nothing has been tried.
  expect(toldAtRest).toBeGreaterThan(100);
});
