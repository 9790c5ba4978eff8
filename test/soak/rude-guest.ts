// Lives of guests who do not behave: each goes away in the middle of something, or stays and does nothing. Where the server
// must answer (408, 1002, 1013, the end of TCP), its answer is part of the check.
import type { Chance } from './chance.ts';
import type { Hall } from './hall.ts';
import { RawGuest } from './raw-guest.ts';
import { FLOOD_BLOCK, Wish } from './speech.ts';

const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Reserved: 11 } as const;

/** Milliseconds that a server allows for the opening handshake, by default. */
const HANDSHAKE_TIMEOUT = 10_000;
/** Milliseconds that a server waits for the end of a connection that it closes, by default. */
const CLOSE_TIMEOUT = 30_000;
/** Milliseconds by which a busy machine may be late. */
const LATENESS = 30_000;

/** More than the kernel's buffers and `maxBufferedAmount` hold together, in blocks of 64 KiB. */
const DELUGE = 512;
/** Less than `maxBufferedAmount`. */
const SHOWER = 40;

type Life = (hall: Hall, guest: RawGuest, chance: Chance) => Promise<void>;

/** Every way to be rude. */
export const RUDE_LIVES = {
  /** Connects, and never says a word. */
  'says nothing': async (hall, guest) => {
    if (await guest.connect()) await expectTimeout(hall, guest);
  },

  /** Begins a request and waits. */
  'stops in the handshake': async (hall, guest, chance) => {
    if (!(await guest.connect())) return;
    const request = guest.request();
    guest.socket.write(request.slice(0, chance.between(1, request.length - 1)));
    await expectTimeout(hall, guest);
  },

  /** Begins a request and goes away. */
  'breaks off in the handshake': async (hall, guest, chance) => {
    if (!(await guest.connect())) return;
    const request = guest.request();
    guest.socket.write(request.slice(0, chance.between(1, request.length - 1)));
    await hall.pause(chance.around(hall.settings.life / 10));
    goAway(guest, chance);
  },

  /** Does not wait for the answer to its request. */
  'does not wait for the 101': async (_hall, guest, chance) => {
    if (!(await guest.connect())) return;
    guest.socket.write(guest.request(), () => goAway(guest, chance));
  },

  /** Goes away between the first and the last byte of a frame. */
  'breaks off in a frame': async (hall, guest, chance) => {
    if (!(await guest.open())) return;
    // A client's frame with 16 bits of length, and less than it announces.
    const header = Buffer.from([0x80 | Opcode.Binary, 0x80 | 126, 0xff, 0xff, 1, 2, 3, 4]);
    guest.socket.write(Buffer.concat([header, Buffer.alloc(60_000)]).subarray(0, chance.size(1, 60_000)));
    await hall.pause(chance.around(hall.settings.life / 4));
    goAway(guest, chance);
  },

  /** Goes away between the first and the last fragment of a message. */
  'breaks off in a message': async (hall, guest, chance) => {
    if (!(await guest.open())) return;
    guest.send({ opcode: Opcode.Text, fin: false, payload: 'e' });
    guest.send({ opcode: Opcode.Continuation, fin: false, payload: Buffer.alloc(chance.size(1, 100_000), 'x') });
    await hall.pause(chance.around(hall.settings.life / 4));
    goAway(guest, chance);
  },

  /** Asks for many answers and resets before they come. */
  'resets among answers': async (hall, guest, chance) => {
    if (!(await guest.open())) return;
    const payload = Buffer.alloc(chance.size(1, 30_000), 'e');
    for (let left = 30; left > 0; left--) guest.send({ opcode: Opcode.Binary, payload });
    await hall.pause(chance.below(5));
    guest.socket.resetAndDestroy();
  },

  /** Never answers a Ping, as a peer without power: the heartbeat must find it. */
  'is deaf': async (hall, guest) => {
    if (!(await guest.open())) return;
    const { interval, timeout } = hall.settings.heartbeat;
    await stay(hall, guest, 'a deaf guest was found out', interval + timeout);
  },

  /** Closes its half at once. */
  'closes its half': async (hall, guest) => {
    if (!(await guest.open())) return;
    guest.socket.end();
    await stay(hall, guest, 'a half-closed connection was ended', 0);
  },

  /** Sends what the protocol forbids: RFC 6455 §7.1.7. */
  'breaks the rules': async (hall, guest, chance) => {
    if (!(await guest.open())) return;
    const codes: number[] = [];
    guest.onFrame = ({ opcode, payload }) => {
      if (opcode === Opcode.Close) codes.push(payload.length >= 2 ? payload.readUInt16BE() : 0);
    };
    if (chance.next() < 0.5) guest.send({ opcode: Opcode.Reserved });
    else guest.socket.write(Buffer.from([0x80 | Opcode.Text, 1, 0x65]));
    await stay(hall, guest, 'a guest that broke the rules was sent away', 0);
    if (!hall.isLeaving && codes.join() !== '1002')
      hall.complain(`broke the rules, got Close ${codes.join() || 'none'}`);
  },

  /** Asks for less than the server keeps for anybody, reads nothing for a while, and then all of it. */
  'reads late': async (hall, guest, chance) => {
    const { blocks } = await flood(hall, guest, chance, SHOWER);
    if (!hall.isLeaving && blocks !== SHOWER) hall.complain(`read late, got ${blocks} messages of ${SHOWER}`);
  },

  /**
   * Asks for more than the server keeps for anybody: the policy of slow consumers closes with 1013, behind what waits. Who
   * has not read that far when `closeTimeout` is over does not see it.
   */
  'reads too late': async (hall, guest, chance) => {
    const began = performance.now();
    const { blocks, code } = await flood(hall, guest, chance, DELUGE);
    const isTooSlow = code === undefined && performance.now() - began >= CLOSE_TIMEOUT;
    if (hall.isLeaving || (blocks < DELUGE && (code === 1013 || isTooSlow))) return;
    hall.complain(`read too late, got ${blocks} messages of ${DELUGE} and Close ${code ?? 'none'}`);
  },
} as const satisfies Readonly<Record<string, Life>>;

/** One of the ways. */
export type RudeLife = keyof typeof RUDE_LIVES;

/** Lives one life; when it ends, so does the connection. */
export async function liveRudely(hall: Hall, chance: Chance, life: RudeLife, room: number): Promise<void> {
  const guest = new RawGuest(hall, room);
  await RUDE_LIVES[life](hall, guest, chance);
  if (!guest.socket.destroyed && hall.isLeaving) goAway(guest, chance);
  await hall.expect(guest.over, `the socket of a guest that ${life} was closed`);
  guest.socket.destroy();
}

/** By FIN or by RST. */
function goAway(guest: RawGuest, chance: Chance): void {
  if (chance.next() < 0.5) guest.socket.destroy();
  else guest.socket.resetAndDestroy();
}

/** Stays until the server ends the connection, or until everybody leaves. */
async function stay(hall: Hall, guest: RawGuest, what: string, atMost: number): Promise<void> {
  let isOver = false;
  const over = guest.over.then(() => {
    isOver = true;
  });
  await Promise.race([over, hall.pause(atMost + LATENESS)]);
  if (!isOver && !hall.isLeaving) hall.complain(`not within ${(atMost + LATENESS) / 1000} s: ${what}`);
  if (!isOver) guest.socket.destroy();
}

async function expectTimeout(hall: Hall, guest: RawGuest): Promise<void> {
  await stay(hall, guest, 'an unfinished handshake was ended', HANDSHAKE_TIMEOUT);
  if (hall.isLeaving || guest.head.startsWith('HTTP/1.1 408 ')) return;
  hall.complain(`an unfinished handshake was answered by "${guest.head.split('\r\n', 1)[0]}" instead of 408`);
}

/** Asks for so many blocks, reads nothing for a while, then reads what there is and closes. */
async function flood(
  hall: Hall,
  guest: RawGuest,
  chance: Chance,
  count: number,
): Promise<{ blocks: number; code: number | undefined }> {
  const heard: { blocks: number; code: number | undefined } = { blocks: 0, code: undefined };
  if (!(await guest.open())) return heard;
  const allHeard = new Promise<void>((resolve) => {
    guest.onFrame = ({ opcode, payload }) => {
      if (opcode === Opcode.Close) heard.code = payload.length >= 2 ? payload.readUInt16BE() : 0;
      else if (payload.length === FLOOD_BLOCK) heard.blocks++;
      else if (opcode !== Opcode.Ping && typeof hall.book.read(payload, opcode === Opcode.Binary) === 'string') {
        hall.complain(`a frame of ${payload.length} bytes in a flood that is neither of the flood nor of the room`);
      }
      if (opcode === Opcode.Close || heard.blocks === count) resolve();
    };
  });
  guest.socket.pause();
  guest.send({ opcode: Opcode.Text, payload: `${Wish.Flood}${count}` });
  await hall.pause(Math.min(chance.around(hall.settings.life / 4), hall.settings.heartbeat.timeout / 4));
  guest.socket.resume();
  await Promise.race([allHeard, guest.over, hall.pause(LATENESS)]);
  // §5.5.1: a Close is answered by a Close, ours first or not.
  guest.send({ opcode: Opcode.Close, payload: Buffer.from([0x03, 0xe8]) });
  await stay(hall, guest, 'a flooded connection was closed', 0);
  return heard;
}
