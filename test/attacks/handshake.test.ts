// What comes right behind a request, and clients that leave in the middle of it: rows H10, H13 and H14 of the table.
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { openingRequest } from '../server/raw-client.ts';
import { BINARY, CLOSE, closeFrame, frame, PING, PONG, TEXT } from '../websocket/raw-peer.ts';
import { Attacker } from './attacker.ts';
import { Caller } from './caller.ts';
import { isServed } from './honest.ts';
import { attack, KIB, MIB, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

const REQUEST = Buffer.from(openingRequest());
const PAYLOADS = [Buffer.from('first'), randomBytes(300), Buffer.alloc(0), Buffer.from('last')];
/** A request and four messages, one of them in two fragments with a Ping in between, and the end. */
const CONVERSATION = Buffer.concat([
  REQUEST,
  frame(TEXT, PAYLOADS[0] as Buffer),
  frame(BINARY, (PAYLOADS[1] as Buffer).subarray(0, 100), { fin: false }),
  frame(PING, 'between'),
  frame(0, (PAYLOADS[1] as Buffer).subarray(100)),
  frame(BINARY, PAYLOADS[2] as Buffer),
  frame(TEXT, PAYLOADS[3] as Buffer),
  closeFrame(1000),
]);
const MESSAGE_BYTES = PAYLOADS.reduce((sum, { length }) => sum + length, 0);
const EVERY_POINT = Array.from({ length: CONVERSATION.length - 1 }, (_, index) => index + 1);

/** How many conversations are under way at once. */
const AT_ONCE = 150;

/** Whether a victim has said what it says to `CONVERSATION` when nothing is lost. */
function isWhole({ status, frames }: Caller): boolean {
  const expected = [
    [TEXT, PAYLOADS[0]],
    [PONG, Buffer.from('between')],
    [BINARY, PAYLOADS[1]],
    [BINARY, PAYLOADS[2]],
    [TEXT, PAYLOADS[3]],
    [CLOSE, Buffer.from([0x03, 0xe8])],
  ] as const;
  const isRight = frames.every(({ opcode, payload }, index) => {
    const [wanted, content] = expected[index] ?? [];
    return opcode === wanted && payload.equals(content as Buffer);
  });
  return status === 101 && frames.length === expected.length && isRight;
}

/**
 * Sends `CONVERSATION` cut in two at each of the points, on a connection for each; the second part when the victim has read
 * the first. Of the second part, the first `lost` octets are kept back.
 *
 * @returns the points at which not everything came back as it had to.
 */
async function split(victim: Victim, points: readonly number[], lost = 0): Promise<number[]> {
  const broken: number[] = [];
  for (let start = 0; start < points.length; start += AT_ONCE) {
    const batch = points.slice(start, start + AT_ONCE);
    const callers = await Caller.crowd(victim, batch.length);
    for (const [index, caller] of callers.entries()) caller.send(CONVERSATION.subarray(0, batch[index]));
    // When it answers this, it has been through its sockets.
    await victim.report();
    for (const [index, caller] of callers.entries())
      caller.send(CONVERSATION.subarray((batch[index] as number) + lost));
    if (lost > 0) for (const { socket } of callers) socket.end();
    for (const { ended } of callers) await ended;
    broken.push(...batch.filter((_, index) => !isWhole(callers[index] as Caller)));
  }
  return broken;
}

/** The code with which the victim answers to a request and `behind`, sent in one piece; it has to say 101 first. */
async function codeFor(victim: Victim, behind: Buffer): Promise<number | undefined> {
  const attacker = await Attacker.open(victim, { behind });
  return attacker.closeCode();
}

attack('H10', {
  bound: 24 * MIB,
  async run(victim) {
    const before = await victim.report();
    expect(await split(victim, EVERY_POINT)).toEqual([]);
    // Bytes in, bytes seen.
    const { messageBytes, messages } = await victim.report();
    expect(messageBytes - before.messageBytes).toBe(EVERY_POINT.length * MESSAGE_BYTES);
    expect(messages - before.messages).toBe(EVERY_POINT.length * PAYLOADS.length);
    // A whole message of the greatest length, in one piece with the request.
    const payload = randomBytes(MIB);
    const large = await Attacker.open(victim, { behind: frame(BINARY, payload) });
    expect((await large.expect(BINARY)).payload.equals(payload)).toBe(true);
    await large.leave();
    // What is not to be delivered ends the connection behind its 101 as it does later.
    expect(await codeFor(victim, Attacker.header(BINARY, BigInt(MIB + 1)))).toBe(1009);
    expect(await codeFor(victim, frame(3, 'reserved'))).toBe(1002);
    expect(await codeFor(victim, frame(TEXT, 'unmasked', { masked: false }))).toBe(1002);
    expect(await codeFor(victim, frame(TEXT, Buffer.from([0xff])))).toBe(1007);
    expect(await codeFor(victim, closeFrame(1001))).toBe(1001);
  },
  control: [
    'where the first octet behind the cut is lost, it is noticed at every point',
    async () => {
      const victim = await Victim.start();
      await suffer(victim, async () => {
        // Not of the request: that would be another one, or none.
        const points = EVERY_POINT.filter((point) => point >= REQUEST.length);
        expect(await split(victim, points, 1)).toEqual(points);
      });
    },
  ],
});

/** What a client has sent when it resets the connection. */
const STATES: readonly [name: string, wire: string | Buffer][] = [
  ['nothing', ''],
  ['half a request line', 'GET /ch'],
  ['half a head', openingRequest().slice(0, 100)],
  ['a bad request', openingRequest([], 'POST / HTTP/1.1')],
  ['a request that is none', '\x16\x03\x01\r\n\r\n'],
  ['a head that is too long', `GET / HTTP/1.1\r\nX: ${'y'.repeat(20 * KIB)}`],
  ['a request', REQUEST],
  ['a request and half a frame', Buffer.concat([REQUEST, Buffer.from([0x82, 0xfe])])],
  ['a request and a message', Buffer.concat([REQUEST, frame(TEXT, 'hello')])],
  ['a request and a frame that is wrong', Buffer.concat([REQUEST, frame(3, '')])],
  ['a request and a Close', Buffer.concat([REQUEST, closeFrame(1000)])],
];
/** Resets in each state and each way: 2,200 in all. */
const RESETS = 100;

/** Resets connections in a state: at once, and when the victim has read what there is. */
async function reset(victim: Victim, wire: string | Buffer, count: number): Promise<void> {
  for (const isPatient of [false, true]) {
    // A socket that has been half-closed cannot be reset any more.
    const callers = await Caller.crowd(victim, count, { isStubborn: true });
    for (const caller of callers) caller.send(wire);
    if (isPatient) await victim.report();
    for (const { socket } of callers) socket.resetAndDestroy();
    // This is not to be a flood: it gets through with these before others come.
    await victim.report();
  }
}

attack('H13', {
  bound: 48 * MIB,
  async run(victim) {
    for (const [, wire] of STATES) await reset(victim, wire, RESETS);
    await isServed(victim);
    expect((await victim.report()).uncaught).toEqual([]);
  },
  control: [
    'a server that does not listen for errors of the socket would be dead',
    async () => {
      const victim = await Victim.start({ library: 'node:http', behaviour: 'careless' });
      await reset(victim, REQUEST, 10);
      const { uncaught } = await victim.until((report) => report.uncaught.length > 0);
      expect(uncaught[0]).toContain('ECONNRESET');
    },
  ],
});

/** Ends of TCP in each state. */
const ENDS = 50;

/** Half-closes connections in a state, and waits until the victim has ended its half. Tells the statuses. */
async function end(victim: Victim, wire: string | Buffer): Promise<Set<number>> {
  const callers = await Caller.crowd(victim, ENDS);
  for (const caller of callers) {
    caller.send(wire);
    caller.socket.end();
  }
  for (const { ended } of callers) await ended;
  return new Set(callers.map(({ status }) => status));
}

/** Upgrades that the victim does not decide yet. */
async function waiters(victim: Victim): Promise<Caller[]> {
  const callers = await Caller.crowd(victim, ENDS);
  for (const caller of callers) caller.send(openingRequest([], 'GET /later HTTP/1.1'));
  await victim.until(({ waiting }) => waiting === ENDS);
  return callers;
}

attack('H14', {
  victim: { hesitates: true },
  bound: 16 * MIB,
  async run(victim) {
    for (const [name, wire] of STATES) {
      const statuses = await end(victim, wire);
      // Who has sent a whole request may wait for its answer with its own side closed.
      expect(statuses.size, name).toBe(1);
      expect([...statuses][0] === 101, name).toBe(wire instanceof Buffer);
    }
    // While the application decides: who has reset the connection is given no 101, and no WebSocket is made for it.
    const { opened } = await victim.report();
    for (const { socket } of await waiters(victim)) socket.resetAndDestroy();
    await isServed(victim);
    await victim.ask({ ask: 'decide' });
    expect((await victim.report()).opened).toBe(opened + 1);
    // Who has only ended its own side is let in, and closed.
    const callers = await waiters(victim);
    for (const { socket } of callers) socket.end();
    await victim.ask({ ask: 'decide' });
    for (const { ended } of callers) await ended;
    const { closed } = await victim.until(({ clients }) => clients === 0);
    expect(closed['1006']).toBeGreaterThan(0);
  },
  control: [
    'a server that does not look for the end keeps every descriptor',
    async () => {
      const victim = await Victim.start({ library: 'node:http', behaviour: 'careless' });
      const { descriptors } = await victim.report();
      const callers = await Caller.crowd(victim, ENDS);
      for (const caller of callers) {
        caller.send(REQUEST);
        caller.socket.end();
      }
      for (const caller of callers) await caller.answered();
      await isServed(victim);
      expect(callers.filter(({ isEnded }) => isEnded)).toEqual([]);
      expect((await victim.report()).descriptors).toBeGreaterThanOrEqual(descriptors + ENDS);
    },
  ],
});
