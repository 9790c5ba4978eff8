// A server that does to our client what rows D1 to D6 do to our server: row D7 of the table.
import { expect } from 'vitest';
import { CONTINUATION, closeFrame, frame, TEXT } from '../websocket/raw-peer.ts';
import { BOMB, BOMB_BOUND, CORRUPT, compressed, deflated, FINAL, REFERENCE, TAIL } from './deflated.ts';
import { connect, type Made, type Respond } from './hostile-server.ts';
import { attack, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

const UNMASKED = { masked: false };
const CLOSE = closeFrame(1000, '', UNMASKED);
const NAME = 'Sec-WebSocket-Extensions: permessage-deflate';
/** What our client insists on unless it is told to remember. */
const DEFLATE = `${NAME}; server_no_context_takeover`;
const REMEMBERS = { options: { perMessageDeflate: { serverNoContextTakeover: false } } };

/** Accepts with this field, and sends these bytes behind it. */
function answering(line: string, ...bytes: readonly Buffer[]): Respond {
  return (request) => request.socket.end(Buffer.concat([Buffer.from(request.acceptance(line)), ...bytes]));
}

const text = (payload: Buffer): Buffer => compressed(payload, TEXT, UNMASKED);
/** A bomb in a hundred fragments. */
const SIZE = Math.ceil(BOMB.length / 100);
const IN_FRAGMENTS = Array.from({ length: 100 }, (_, index) => {
  const piece = BOMB.subarray(index * SIZE, (index + 1) * SIZE);
  const fin = index === 99;
  return index === 0 ? compressed(piece, TEXT, { ...UNMASKED, fin }) : frame(CONTINUATION, piece, { ...UNMASKED, fin });
});

const failed = (code: string): string[] => ['open', code, 'close 1006'];
const refused = (code: string): string[] => [`WS_ERR_HANDSHAKE_${code}`, 'close 1006'];

/** What the server does, and what the client tells of it. */
const CASES: readonly (readonly [string, Respond, readonly string[], Made?])[] = [
  ['a bomb', answering(DEFLATE, text(BOMB)), failed('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')],
  ['a bomb in fragments', answering(DEFLATE, ...IN_FRAGMENTS), failed('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')],
  ['no DEFLATE data', answering(DEFLATE, text(CORRUPT)), failed('WS_ERR_INVALID_DEFLATE_DATA')],
  [
    'the tail left on',
    answering(DEFLATE, text(Buffer.concat([deflated(FINAL), TAIL]))),
    failed('WS_ERR_INVALID_DEFLATE_DATA'),
  ],
  ['no UTF-8 once inflated', answering(DEFLATE, text(deflated(Buffer.from([0xff])))), failed('WS_ERR_INVALID_UTF8')],
  ['RSV1 that was not agreed', answering('X: y', text(FINAL)), failed('WS_ERR_UNEXPECTED_RSV_1')],
  [
    'a final block, and a reference into the window behind it',
    answering(NAME, text(FINAL), text(REFERENCE), CLOSE),
    ['open', 'Hello', 'Hello', 'close 1000'],
    REMEMBERS,
  ],
  [
    'a final block, and a reference behind it though the server said that it forgets',
    answering(DEFLATE, text(FINAL), text(REFERENCE)),
    ['open', 'Hello', 'WS_ERR_INVALID_DEFLATE_DATA', 'close 1006'],
  ],
  ...['0', '7', '16', '1000', '08', '9.5', '+9', ''].map(
    (bits) =>
      [
        `a window of "${bits}" bits`,
        answering(`${DEFLATE}; server_max_window_bits=${bits}`),
        refused(bits === '' ? 'MALFORMED_EXTENSION_LIST' : 'SERVER_MAX_WINDOW_BITS_VALUE'),
      ] as const,
  ),
];

attack('D7', {
  bound: BOMB_BOUND,
  async run(victim) {
    for (const [name, respond, tells, made] of CASES) {
      expect([name, await connect(victim, respond, made)]).toEqual([name, tells]);
    }
  },
  control: [
    'a client without a limit is seen to take the bomb',
    async () => {
      const victim = await Victim.start();
      const { growth } = await suffer(victim, async () => {
        const told = await connect(victim, answering(DEFLATE, compressed(BOMB, undefined, UNMASKED), CLOSE), {
          options: { maxPayload: 0 },
        });
        expect(told.at(-1)).toBe('close 1000');
      });
      expect(growth).toBeGreaterThan(BOMB_BOUND);
    },
  ],
});
