// Rooms that are not for everybody, and a user who wants all there are: rows A3 and A5 of the table.
import { expect } from 'vitest';
import { frame, TEXT } from '../websocket/raw-peer.ts';
import { Attacker } from './attacker.ts';
import { attack, KIB, MIB, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';
import { type RoomOrder, SECRET, SECRET_ROOM } from './victim-report.ts';

buildVictim();

// biome-ignore lint/suspicious/noExplicitAny: what a victim says is JSON.
type Message = any;

const order = (what: RoomOrder): Buffer => frame(TEXT, JSON.stringify(what));
const read = (payload: Buffer): Message => JSON.parse(String(payload));

/** Says what it wants, and tells everything that it hears until it is answered. */
async function ask(attacker: Attacker, what: RoomOrder): Promise<Message[]> {
  attacker.send(order(what));
  const heard: Message[] = [];
  do heard.push(read((await attacker.expect(TEXT)).payload));
  while (heard.at(-1).code === undefined);
  return heard;
}

/** Names that a careless eye, or a careless comparison, takes for the room's. */
const SPELLINGS = [
  SECRET_ROOM,
  SECRET_ROOM.toUpperCase(),
  ` ${SECRET_ROOM}`,
  `${SECRET_ROOM} `,
  `${SECRET_ROOM}\u200b`,
  `\ufeff${SECRET_ROOM}`,
  'b\u043eard',
  'bo\u0061\u0301rd',
  'b%6fard',
  `./${SECRET_ROOM}`,
  `${SECRET_ROOM}/`,
  `{${SECRET_ROOM}}`,
  `${SECRET_ROOM}\0`,
  `${SECRET_ROOM}\n`,
  [SECRET_ROOM],
  { toString: SECRET_ROOM },
  null,
];

/** How one may ask for the past. */
const PASTS: readonly RoomOrder[] = [{}, { history: 100 }, { since: 'x-0' }, { since: '' }, { since: SECRET_ROOM }];

/** Tries everything, and tells how often the secret was heard, and what the room itself answered. */
async function spy(victim: Victim): Promise<{ leaks: number; answers: Set<string | number> }> {
  const attacker = await Attacker.open(victim);
  const speaker = await Attacker.open(victim);
  let leaks = 0;
  const answers = new Set<string | number>();
  const look = (text: string): void => {
    if (text.includes(SECRET)) leaks++;
  };
  for (const join of SPELLINGS) {
    for (const past of PASTS) {
      const heard = await ask(attacker, { join, ...past });
      look(JSON.stringify(heard));
      if (join === SECRET_ROOM) answers.add(heard.at(-1).code);
      if (typeof join === 'string') attacker.send(order({ leave: join }));
    }
  }
  // Those it was let into are others: what is said in the secret one is heard in none of them.
  for (const join of SPELLINGS) await ask(attacker, { join });
  speaker.send(order({ publish: SECRET_ROOM }));
  for (const { payload } of attacker.frames) if (read(payload).text === SECRET_ROOM) leaks++;
  for (const path of ['stream', 'poll']) {
    for (const past of ['', '&history=9', '&since=x-1', '&lastEventId=x-1']) {
      const url = `http://127.0.0.1:${victim.port}/${path}?room=${SECRET_ROOM}${past}`;
      const response = await fetch(url, { headers: { 'Last-Event-ID': 'x-0' } });
      answers.add(response.status);
      const first = await response.body?.getReader().read();
      look(Buffer.from(first?.value ?? []).toString());
    }
  }
  await attacker.leave();
  await speaker.leave();
  return { leaks, answers };
}

attack('A3', {
  victim: { behaviour: 'rooms', fallback: true },
  bound: 16 * MIB,
  async run(victim) {
    const { leaks, answers } = await spy(victim);
    expect(leaks).toBe(0);
    expect([...answers]).toEqual(['WS_ERR_ROOM_FORBIDDEN', 403]);
  },
  control: [
    'where nobody is asked the secret is seen to leak',
    async () => {
      const { leaks } = await spy(await Victim.start({ behaviour: 'open rooms', fallback: true }));
      expect(leaks).toBeGreaterThan(3);
    },
  ],
});

/** It may take longer than a heartbeat, and Pings are not what is counted. */
const QUIET = { heartbeat: false };
const MANY = 100_000;
/** Orders that leave in one piece. */
const PIECE = 1_000;
/** The defaults of `maxRoomsPerMember` and `maxRooms`. */
const MOST = 100;
const MOST_ROOMS = 10_000;
/** So many are left for so many that are joined. */
const HALF = MOST / 2;

/**
 * What {@link MOST_ROOMS} take, 2 KiB each with its log, and the garbage of a hundred thousand that came and went: V8 lets that
 * grow before it looks.
 */
const BOUND = MOST_ROOMS * 18 * KIB;

/** Sends an order for each number, in pieces, and counts the answers. */
async function orders(
  attacker: Attacker,
  piece: number,
  what: (number: number) => Buffer,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let first = 0; first < MANY; first += piece) {
    attacker.send(...Array.from({ length: piece }, (_, at) => what(first + at)));
    for (let answered = 0; answered < piece; ) {
      const { code } = read((await attacker.expect(TEXT)).payload);
      if (code === undefined) continue;
      counts[code] = (counts[code] ?? 0) + 1;
      answered++;
    }
  }
  return counts;
}

attack('A5', {
  victim: { behaviour: 'rooms', server: QUIET },
  // Ten thousand rooms that nobody is in any more, for as long as they linger, and their logs.
  bound: BOUND,
  async run(victim) {
    const attacker = await Attacker.open(victim);
    const all = await orders(attacker, PIECE, (number) => order({ join: `room ${number}` }));
    expect(all).toEqual({ in: MOST, WS_ERR_ROOM_TOO_MANY: MANY - MOST });
    for (let number = 0; number < MOST; number++) attacker.send(order({ leave: `room ${number}` }));
    // One after the other, and out again.
    const churn = await orders(attacker, HALF, (number) =>
      Buffer.concat([order({ leave: `churn ${number - HALF}` }), order({ join: `churn ${number}` })]),
    );
    expect(churn).toEqual({ in: MANY });
    expect((await victim.report()).rooms).toBeLessThanOrEqual(MOST_ROOMS);

    const answerTo = async (join: string): Promise<string> => (await ask(attacker, { join })).at(-1).code;
    expect(await answerTo('x'.repeat(1_000_000))).toBe('WS_ERR_ROOM_NAME');
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    for (const name of names) expect(await answerTo(name)).toBe('in');
    for (const name of names) attacker.send(order({ publish: name }));
    for (const name of names) {
      expect(read((await attacker.expect(TEXT)).payload)).toMatchObject({ text: name, roomId: name });
    }
    await attacker.leave();
    await victim.until(({ rooms }) => rooms === 0);
  },
  control: [
    'a server that lets one user into all rooms is seen to pass the bound',
    async () => {
      const victim = await Victim.start({ behaviour: 'endless rooms', server: QUIET });
      const { growth } = await suffer(victim, async () => {
        const attacker = await Attacker.open(victim);
        expect(await orders(attacker, PIECE, (number) => order({ join: `room ${number}` }))).toEqual({ in: MANY });
        await attacker.leave();
        await victim.until(({ rooms }) => rooms === 0);
      });
      expect(growth).toBeGreaterThan(BOUND);
    },
  ],
});
