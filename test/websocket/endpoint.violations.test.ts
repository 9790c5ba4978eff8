// RFC 6455 §7.1.7 _Fail the WebSocket Connection_: the peer is told the right code even while it goes on sending, nothing
// behind the violation is processed, and no peer can bring the process down.
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Violation, Violations } from '../../src/frame/index.ts';
import { ProtocolError } from '../../src/websocket/protocol-error.ts';
import { uncaughtExceptions } from '../transport/uncaught.ts';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  closeOf,
  closingOf,
  frame,
  messageOf,
  type OpenOptions,
  open,
  PING,
  settled,
  TEXT,
} from './raw-peer.ts';

const CASES: [Violation, Buffer, OpenOptions?][] = [
  [Violations.ReservedBits2And3, Buffer.from([0xa1, 0x80, 0, 0, 0, 0])],
  [Violations.ReservedBit1, frame(TEXT, 'a', { rsv1: true })],
  [Violations.ReservedOpcode, frame(3, 'a')],
  [Violations.UnmaskedClientFrame, frame(TEXT, 'a', { masked: false })],
  [Violations.MaskedServerFrame, frame(TEXT, 'a'), { isServer: false }],
  [Violations.FragmentedControl, frame(PING, 'a', { fin: false })],
  [Violations.ControlTooLong, frame(PING, Buffer.alloc(126))],
  [Violations.ContinuationOfNothing, frame(CONTINUATION, 'a')],
  [Violations.MessageInsideMessage, Buffer.concat([frame(TEXT, 'a', { fin: false }), frame(TEXT, 'b')])],
  [Violations.MessageTooBig, frame(BINARY, Buffer.alloc(2_000)).subarray(0, 8), { maxPayload: 1_000 }],
  [
    Violations.TooManyFragments,
    Buffer.concat([frame(TEXT, '', { fin: false }), frame(CONTINUATION, '', { fin: false })]),
    { maxFragments: 1 },
  ],
  [
    Violations.TooManyMessages,
    Buffer.concat([frame(TEXT), frame(TEXT)]),
    { maxMessageRate: 1e-9, fastProducer: 'close' },
  ],
  [Violations.InvalidText, frame(TEXT, Buffer.from([0xff]))],
  [Violations.CloseBodyTooShort, frame(CLOSE, 'x')],
  [Violations.InvalidCloseCode, closeFrame(1006)],
  [Violations.InvalidCloseReason, frame(CLOSE, Buffer.from([0x03, 0xe8, 0xff]))],
];

/** What is wrong with the only frame of its case is in its payload, which begins at byte 6. */
const PAYLOAD_VIOLATIONS: readonly Violation[] = [
  Violations.InvalidText,
  Violations.CloseBodyTooShort,
  Violations.InvalidCloseCode,
  Violations.InvalidCloseReason,
];
/** The key of `frame`, turned so that byte i of the connection goes with byte i mod 4 of it. */
const MASKING_KEY = Buffer.from([0x56, 0x78, 0x12, 0x34]);

describe.each(CASES)('$name', (violation, bytes, options) => {
  test('ends the connection with its code, and the application hears what it was', async () => {
    const { websocket, peer } = await open(options);
    const onError = vi.fn();
    websocket.on('error', onError);
    const closing = closingOf(websocket);
    peer.send(bytes);
    const closeOfOurs = closeOf(await peer.expect(CLOSE));
    expect(closeOfOurs.code).toBe(violation.status);
    expect(closeOfOurs.reason).toContain(violation.section);
    expect(await peer.next()).toBeUndefined();
    peer.socket.end();
    expect(await closing).toEqual({ code: 1006, reason: '', wasClean: false });
    expect(onError).toHaveBeenCalledOnce();
    const error = onError.mock.calls[0]?.[0];
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: violation.code, closeCode: violation.status, section: violation.section });
    expect(error.expected).toBe(violation.expected);
    // The byte that is shown is the one that was sent there: of a header as it is, of a payload unmasked.
    const { excerpt, offset } = error as ProtocolError;
    const isPayload = PAYLOAD_VIOLATIONS.includes(violation);
    const sent = (bytes[offset] as number) ^ (isPayload ? (MASKING_KEY[offset % 4] as number) : 0);
    expect(excerpt?.of).toBe('frames');
    expect(excerpt?.bytes[excerpt.index]).toBe(sent);
    expect(error.message).toContain(`byte ${offset}: ${excerpt?.hex}`);
  });
});

test('the Close arrives although the peer goes on sending: nothing unread resets the connection', async () => {
  const { websocket, peer, ours } = await open();
  const closing = closingOf(websocket);
  const flood = Buffer.concat(Array.from({ length: 1_000 }, () => frame(BINARY, Buffer.alloc(1_000))));
  peer.send(frame(TEXT, 'a', { masked: false }), flood);
  const discarded = new Promise<void>((resolve) => {
    websocket.on('error', () => {
      // What still comes goes nowhere.
      expect(ours.listenerCount('data')).toBe(0);
      resolve();
    });
  });
  for (let index = 0; index < 20; index++) {
    peer.send(flood);
    await settled();
  }
  await discarded;
  expect(closeOf(await peer.expect(CLOSE)).code).toBe(1002);
  expect(await peer.next()).toBeUndefined();
  peer.socket.end();
  await closing;
});

// RFC 6455 §10.4(a)
test('a message for which there is no memory ends its own connection with 1011, and no other', async () => {
  const [poor, other] = [await open({ maxPayload: 0 }), await open({ maxPayload: 0 })];
  const onError = vi.fn();
  poor.websocket.on('error', onError);
  const closing = closingOf(poor.websocket);
  const real = Buffer.allocUnsafeSlow;
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
    if (size > 2 ** 20) throw new RangeError('Array buffer allocation failed');
    return real(size);
  });
  onTestFinished(() => allocate.mockRestore());
  // A mebibyte and a half: kept as it comes, and there is no memory to join it.
  const header = Buffer.from('82ff000000000018000000000000', 'hex');
  poor.peer.send(header, Buffer.alloc(0x180000));
  expect(closeOf(await poor.peer.expect(CLOSE)).code).toBe(1011);
  poor.peer.socket.end();
  expect((await closing).code).toBe(1006);
  expect(onError).toHaveBeenCalledOnce();
  expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: 'WS_ERR_OUT_OF_MEMORY' });
  other.peer.send(frame(TEXT, 'still here'));
  expect(await messageOf(other.websocket)).toBe('still here');
});

test('nothing behind a violation is processed, and nothing is sent behind our Close', async () => {
  const { websocket, peer } = await open();
  const heard: string[] = [];
  websocket.on('message', (data) => heard.push(String(data)));
  websocket.on('ping', () => heard.push('ping'));
  websocket.on('error', () => {
    // Whatever the application tries.
    websocket.send('late');
    websocket.ping();
    websocket.close(1000);
  });
  const closing = closingOf(websocket);
  peer.send(frame(TEXT, 'before'), frame(3), frame(TEXT, 'after'), frame(PING), closeFrame(1000));
  peer.send(frame(TEXT, 'another chunk'));
  expect((await peer.rest()).map(({ opcode }) => opcode)).toEqual([CLOSE]);
  peer.socket.end();
  expect((await closing).code).toBe(1006);
  expect(heard).toEqual(['before']);
});

test('an error is emitted only where somebody listens: no peer can end the process', async () => {
  const { websocket, peer } = await open();
  const closing = closingOf(websocket);
  peer.send(frame(3));
  await peer.expect(CLOSE);
  peer.socket.end();
  expect((await closing).code).toBe(1006);
});

test('a violation while the application has paused is found when it reads on', async () => {
  const { websocket, peer } = await open();
  const onError = vi.fn();
  websocket.on('error', onError);
  websocket.pause();
  peer.send(frame(3));
  await settled();
  await settled();
  expect(onError).not.toHaveBeenCalled();
  websocket.resume();
  expect(closeOf(await peer.expect(CLOSE)).code).toBe(1002);
  expect(onError).toHaveBeenCalledOnce();
});

test('a violation behind our own Close has no second one as its answer', async () => {
  const { websocket, peer } = await open();
  const closing = closingOf(websocket);
  websocket.close(1000);
  expect(closeOf(await peer.expect(CLOSE)).code).toBe(1000);
  peer.send(frame(3));
  expect(await peer.rest()).toEqual([]);
  peer.socket.end();
  expect(await closing).toEqual({ code: 1006, reason: '', wasClean: false });
});

test('a listener of the error that throws stops nothing', async () => {
  const { websocket, peer } = await open();
  const closing = closingOf(websocket);
  websocket.on('error', () => {
    throw new Error('mine');
  });
  await uncaughtExceptions(1, () => peer.send(frame(3)));
  expect(closeOf(await peer.expect(CLOSE)).code).toBe(1002);
  peer.socket.end();
  await closing;
});

test('a thousand peers that break rules and vanish leave nothing behind and end nothing', async () => {
  for (let round = 0; round < 50; round++) {
    const opened = await Promise.all(Array.from({ length: 20 }, () => open()));
    const closings = opened.map(({ websocket }) => closingOf(websocket));
    for (const [index, { peer }] of opened.entries()) {
      peer.send((CASES[index % CASES.length] as (typeof CASES)[number])[1]);
      if (index % 2 === 0) await settled();
      peer.socket.resetAndDestroy();
    }
    for (const closing of await Promise.all(closings)) expect(closing.wasClean).toBe(false);
  }
}, 60_000);
