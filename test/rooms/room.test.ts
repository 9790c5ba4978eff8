import { describe, expect, onTestFinished, test } from 'vitest';
import { WINDOW_EVENTS } from '../../src/rooms/event-window.ts';
import { Membership } from '../../src/rooms/membership.ts';
import { type Beginning, Room } from '../../src/rooms/room.ts';
import { Guest } from './guest.ts';
import { UnreliableBroker } from './unreliable-broker.ts';

const FROM_NOW: Beginning = { since: undefined, history: 0 };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Hall {
  readonly broker: UnreliableBroker;
  readonly room: Room;
  readonly left: Membership[] = [];
  readonly gaps: Membership[] = [];

  constructor(history = 1_000) {
    this.broker = new UnreliableBroker({ history });
    this.room = new Room('lobby', {
      broker: this.broker,
      onLeave: (_, membership) => this.left.push(membership),
      onGap: (membership) => this.gaps.push(membership),
    });
    onTestFinished(() => this.room.close());
  }

  async say(count = 1): Promise<void> {
    for (let said = 0; said < count; said++)
      await this.broker.append('lobby', '{}', { except: undefined, key: undefined });
  }

  join(beginning: Beginning = FROM_NOW): Guest {
    const guest = new Guest();
    guest.membership = new Membership('', 'lobby', undefined, guest);
    this.room.add(guest.membership, beginning);
    return guest;
  }

  since(offset: number): Beginning {
    return { since: { ...this.room.end, offset }, history: 0 };
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await turn();
  }
}

async function open(history?: number): Promise<Hall> {
  const hall = new Hall(history);
  await hall.room.open();
  return hall;
}

/** The offsets from `first` to `last`. */
const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe('a room', () => {
  test('hands an event to all who keep up before whoever said it hears that it was said', async () => {
    const hall = await open();
    const guests = [hall.join(), hall.join()];
    void hall.say();
    expect(guests.map(({ offsets }) => offsets)).toEqual([[1], [1]]);
    expect(hall.broker.reads).toBe(0);
  });

  test('reads what it did not hear as soon as it hears of something later, once for everybody', async () => {
    const hall = await open();
    const guests = [hall.join(), hall.join(), hall.join()];
    await hall.say();
    hall.broker.isDeaf = true;
    await hall.say(3);
    hall.broker.isDeaf = false;
    await hall.say();
    await hall.until(() => guests[0]?.heard.length === 6);
    for (const guest of guests) expect(guest.offsets).toEqual([1, 2, 3, 4, 5]);
    expect(hall.broker.reads).toBe(1);
  });

  test('reads on when there is doubt, though nothing later was heard', async () => {
    const hall = await open();
    const guest = hall.join();
    hall.broker.isDeaf = true;
    await hall.say(200);
    hall.broker.doubt();
    await hall.until(() => guest.offsets.length === 200);
    expect(guest.offsets).toEqual(range(1, 200));
  });

  test('reads what was said while it was being opened', async () => {
    const hall = new Hall();
    const opening = hall.room.open();
    await hall.say(2);
    await opening;
    const guest = hall.join();
    await hall.say();
    await hall.until(() => hall.room.end.offset === 3);
    expect(guest.offsets.at(-1)).toBe(3);
  });

  test('never reads twice at once, however often it is in doubt', async () => {
    const hall = await open();
    const guest = hall.join();
    let reading = 0;
    let most = 0;
    const { broker } = hall;
    const read = broker.read.bind(broker);
    broker.read = async (...asked) => {
      most = Math.max(most, ++reading);
      try {
        return await read(...asked);
      } finally {
        reading--;
      }
    };
    broker.isDeaf = true;
    await hall.say(300);
    for (let doubts = 0; doubts < 20; doubts++) broker.doubt();
    await hall.until(() => guest.offsets.length === 300);
    expect(most).toBe(1);
  });

  test('passes over what it is told twice', async () => {
    const hall = await open();
    const guest = hall.join();
    await hall.say(3);
    hall.broker.repeat();
    hall.broker.repeat();
    await hall.say();
    expect(guest.offsets).toEqual([1, 2, 3, 4]);
  });

  test('tries again what it could not read, and at once when there is hope', async () => {
    const hall = await open();
    const guest = hall.join();
    hall.broker.isDeaf = true;
    await hall.say(2);
    hall.broker.failures = 2;
    hall.broker.doubt();
    await hall.until(() => hall.broker.failures === 1);
    hall.room.retryNow();
    await hall.until(() => hall.broker.failures === 0);
    await hall.until(() => guest.offsets.length === 2);
    expect(guest.offsets).toEqual([1, 2]);
  });

  test('tells everybody of a gap when the log is another, with one read for all of them', async () => {
    const hall = await open();
    const guests = range(1, 100).map(() => hall.join());
    await hall.say(3);
    const { epoch } = hall.room.end;
    hall.broker.lose();
    await hall.say();
    await hall.until(() => hall.room.end.epoch !== epoch);
    await turn();
    for (const guest of guests) expect(guest.offsets).toEqual([1, 2, 3, 'gap', 1]);
    expect([hall.broker.reads, hall.gaps.length]).toEqual([1, 100]);
  });

  test('tells of a gap when more was said than is kept while it heard nothing', async () => {
    const hall = await open(5);
    const guest = hall.join();
    hall.broker.isDeaf = true;
    await hall.say(20);
    hall.broker.doubt();
    await hall.until(() => guest.offsets.length === 6);
    expect(guest.offsets).toEqual(['gap', 16, 17, 18, 19, 20]);
  });

  test('rejects when it cannot be opened, and everybody who waits hears so', async () => {
    const hall = new Hall();
    hall.broker.failures = 1;
    const opening = [hall.room.open(), hall.room.open()];
    for (const one of opening) await expect(one).rejects.toMatchObject({ code: 'WS_ERR_BROKER_DOWN' });
  });

  test('that is closed while it is being opened listens to nothing', async () => {
    const hall = new Hall();
    const opening = hall.room.open();
    hall.room.close();
    await opening;
    expect(hall.broker.listeners).toBe(0);
  });
});

describe('a member', () => {
  test('without room is sent nothing, and the rest when it has some: from the window, or from the broker', async () => {
    const hall = await open();
    const [near, far] = [hall.join(), hall.join()];
    near.room = 2;
    far.room = 0;
    await hall.say(WINDOW_EVENTS - 1);
    expect([near.offsets, far.offsets]).toEqual([[1, 2], []]);
    near.drain();
    expect([near.offsets.length, hall.broker.reads]).toEqual([WINDOW_EVENTS - 1, 0]);
    await hall.say(100);
    far.drain();
    await hall.until(() => far.offsets.length === WINDOW_EVENTS + 99);
    expect(far.offsets).toEqual(range(1, WINDOW_EVENTS + 99));
    expect(hall.broker.reads).toBeGreaterThan(0);
  });

  test('that is read for delays nobody: the others hear while it is waited for', async () => {
    const hall = await open();
    await hall.say(300);
    const fast = hall.join();
    let isBroken = false;
    let answer: () => void = () => {};
    const read = hall.broker.read.bind(hall.broker);
    hall.broker.read = async (...asked) => {
      isBroken = true;
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return read(...asked);
    };
    const slow = hall.join(hall.since(0));
    await hall.until(() => isBroken);
    void hall.say(2);
    await Promise.resolve();
    await hall.say();
    expect(fast.offsets).toEqual([301, 302, 303]);
    expect(slow.offsets).toEqual([]);
    hall.broker.read = read;
    answer();
    await hall.until(() => slow.offsets.length === 303);
    expect(slow.offsets).toEqual(range(1, 303));
  });

  test('that stands where another is read for needs no reading of its own', async () => {
    const hall = await open();
    await hall.say(300);
    const guests = range(1, 200).map(() => hall.join(hall.since(10)));
    await hall.until(() => guests.every((guest) => guest.offsets.length === 290));
    for (const guest of guests) expect(guest.offsets).toEqual(range(11, 300));
    expect(hall.broker.reads).toBeLessThan(10);
  });

  test('that is ahead of its instance has missed nothing: the room reads on', async () => {
    const hall = await open();
    const first = hall.join();
    hall.broker.isDeaf = true;
    await hall.say(5);
    hall.broker.isDeaf = false;
    const ahead = hall.join(hall.since(5));
    await hall.until(() => hall.room.end.offset === 5);
    await hall.say();
    expect([first.offsets, ahead.offsets]).toEqual([range(1, 6), [6]]);
  });

  test('that knows a newer epoch than its instance has missed nothing, and the others learn of it', async () => {
    const hall = await open();
    const first = hall.join();
    hall.broker.isDeaf = true;
    hall.broker.lose();
    await hall.say(2);
    const since = await hall.broker.append('lobby', '{}', { except: undefined, key: undefined });
    hall.broker.isDeaf = false;
    const ahead = hall.join({ since, history: 0 });
    await hall.until(() => first.offsets.length === 4);
    await hall.say();
    expect([first.offsets, ahead.offsets]).toEqual([['gap', 1, 2, 3, 4], [4]]);
  });

  test('that leaves is told nothing more, wherever it stood', async () => {
    const hall = await open();
    await hall.say(300);
    const [reader, straggler] = [hall.join(), hall.join(hall.since(0))];
    expect(hall.room.stragglers).toBe(1);
    for (const guest of [reader, straggler]) guest.membership?.end('left');
    await hall.say();
    await turn();
    expect([reader.offsets, straggler.offsets, hall.room.members.size, hall.room.stragglers]).toEqual([[], [], 0, 0]);
    expect(hall.left).toHaveLength(2);
  });

  test('may leave in the middle of being told, and so may another', async () => {
    const hall = await open();
    const [first, second, third] = [hall.join(), hall.join(), hall.join()];
    first.onEvent = () => {
      first.membership?.end('left');
      second.membership?.end('left');
    };
    await hall.say(2);
    expect([second.offsets, third.offsets]).toEqual([[], [1, 2]]);
  });
});
