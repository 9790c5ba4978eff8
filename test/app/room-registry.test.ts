import { describe, expect, test } from 'vitest';
import { type Member, type Membership, RoomRegistry } from '../../src/app/room-registry.ts';
import type { PreparedMessage } from '../../src/message/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: what members are sent is JSON, and each test says what it expects of it.
type Message = any;

/** Somebody who notes down what comes, and may have no room for more. */
class Guest implements Member {
  readonly got: Message[] = [];
  room = Number.POSITIVE_INFINITY;

  get ready(): boolean {
    return this.room > 0;
  }

  send(message: object): void {
    this.got.push(message);
  }

  deliver(event: PreparedMessage): void {
    this.room--;
    this.got.push(JSON.parse(event.payload.toString()));
  }

  /** The contents of the events, and the names of other messages. */
  get told(): string[] {
    return this.got.map((message) => message.content ?? message.type);
  }
}

const LIMITS = { history: 100, rooms: 100, bytes: 1_000_000 };

function registry(limits: object = {}): RoomRegistry {
  return new RoomRegistry({ ...LIMITS, ...limits });
}

function say(rooms: RoomRegistry, ...contents: string[]): string {
  let id = '';
  for (const content of contents) id = rooms.publish('lobby', { type: 'MESSAGE', content });
  return id;
}

function join(rooms: RoomRegistry, guest: Guest, since?: string): Membership {
  return rooms.join('lobby', guest, since) as Membership;
}

describe('a member', () => {
  test('is told where it stands, and then gets each event with its id', () => {
    const rooms = registry();
    const ada = new Guest();
    join(rooms, ada);
    const id = say(rooms, 'one');
    expect(ada.got).toEqual([
      { type: 'JOINED', roomId: 'lobby', cursor: id.replace(/1$/, '0') },
      { type: 'MESSAGE', content: 'one', id },
    ]);
  });

  test('who says nothing of the past gets nothing of it', () => {
    const rooms = registry();
    const [ada, grace] = [new Guest(), new Guest()];
    join(rooms, ada);
    const id = say(rooms, 'before');
    join(rooms, grace);
    say(rooms, 'after');
    expect(grace.got[0].cursor).toBe(id);
    expect(grace.told).toEqual(['JOINED', 'after']);
  });

  test('who left gets nothing more', () => {
    const rooms = registry();
    const [ada, grace] = [new Guest(), new Guest()];
    join(rooms, ada);
    join(rooms, grace).leave();
    say(rooms, 'after');
    expect(grace.told).toEqual(['JOINED']);
    expect(ada.told).toEqual(['JOINED', 'after']);
  });

  test('of another room gets nothing of this one', () => {
    const rooms = registry();
    const [ada, grace] = [new Guest(), new Guest()];
    join(rooms, ada);
    rooms.join('__proto__', grace, undefined);
    say(rooms, 'here');
    rooms.publish('__proto__', { content: 'there' });
    expect(ada.told).toEqual(['JOINED', 'here']);
    expect(grace.told).toEqual(['JOINED', 'there']);
  });
});

describe('who comes back', () => {
  test('gets what was missed, once and in order, and stands where it stood', () => {
    const rooms = registry();
    join(rooms, new Guest());
    const id = say(rooms, 'one');
    say(rooms, 'two', 'three');
    const ada = new Guest();
    join(rooms, ada, id);
    say(rooms, 'four');
    expect(ada.told).toEqual(['JOINED', 'two', 'three', 'four']);
    expect(ada.got[0].cursor).toBe(id);
  });

  test('and missed nothing gets nothing', () => {
    const rooms = registry();
    join(rooms, new Guest());
    const ada = new Guest();
    join(rooms, ada, say(rooms, 'one'));
    expect(ada.told).toEqual(['JOINED']);
  });

  test('too late is told that something is lost, where it goes on, and what there still is', () => {
    const rooms = registry({ history: 2 });
    join(rooms, new Guest());
    const id = say(rooms, 'one');
    say(rooms, 'two', 'three', 'four');
    const ada = new Guest();
    join(rooms, ada, id);
    expect(ada.told).toEqual(['JOINED', 'GAP', 'three', 'four']);
    expect(ada.got[1]).toEqual({ type: 'GAP', roomId: 'lobby', cursor: id.replace(/1$/, '2') });
  });

  test('just in time loses nothing', () => {
    const rooms = registry({ history: 2 });
    join(rooms, new Guest());
    const id = say(rooms, 'one');
    say(rooms, 'two', 'three');
    const ada = new Guest();
    join(rooms, ada, id);
    expect(ada.told).toEqual(['JOINED', 'two', 'three']);
  });

  test.each(['nonsense', '', '000000000000-0'])('with an id of nowhere is told that something is lost: %j', (since) => {
    const rooms = registry();
    join(rooms, new Guest());
    say(rooms, 'one');
    const ada = new Guest();
    join(rooms, ada, since);
    expect(ada.told).toEqual(['JOINED', 'GAP', 'one']);
  });

  test('after everybody has gone still finds the room as it was', () => {
    const rooms = registry();
    const first = join(rooms, new Guest());
    const id = say(rooms, 'one');
    first.leave();
    const ada = new Guest();
    join(rooms, ada, id.replace(/1$/, '0'));
    expect(ada.told).toEqual(['JOINED', 'one']);
  });
});

describe('a member that has no room', () => {
  test('is sent the rest when it has, in order and once', () => {
    const rooms = registry();
    const ada = new Guest();
    const membership = join(rooms, ada);
    ada.room = 1;
    say(rooms, 'one', 'two', 'three');
    expect(ada.told).toEqual(['JOINED', 'one']);
    ada.room = 1;
    membership.catchUp();
    expect(ada.told).toEqual(['JOINED', 'one', 'two']);
    ada.room = 10;
    membership.catchUp();
    membership.catchUp();
    say(rooms, 'four');
    expect(ada.told).toEqual(['JOINED', 'one', 'two', 'three', 'four']);
  });

  test('for too long is told that something is lost', () => {
    const rooms = registry({ history: 2 });
    const ada = new Guest();
    const membership = join(rooms, ada);
    ada.room = 0;
    say(rooms, 'one', 'two', 'three');
    ada.room = 10;
    membership.catchUp();
    expect(ada.told).toEqual(['JOINED', 'GAP', 'two', 'three']);
    expect(ada.got[1].cursor).toMatch(/-1$/);
  });

  test('keeps nobody else waiting', () => {
    const rooms = registry();
    const [ada, grace] = [new Guest(), new Guest()];
    join(rooms, ada);
    join(rooms, grace);
    ada.room = 0;
    say(rooms, 'one');
    expect(grace.told).toEqual(['JOINED', 'one']);
  });
});

describe('memory is bounded', () => {
  test('by rooms: an empty one makes room, the least recently used first', () => {
    const rooms = registry({ rooms: 2 });
    const guest = new Guest();
    (rooms.join('old', guest, undefined) as Membership).leave();
    rooms.join('busy', guest, undefined);
    expect(rooms.join('new', guest, undefined)).toBeDefined();
    expect(rooms.size).toBe(2);
    // Made anew, it has another epoch: what somebody knew of the old one is a gap.
    expect(rooms.join('old', guest, undefined)).toBeUndefined();
  });

  test('by rooms: what was used last is kept longest', () => {
    const rooms = registry({ rooms: 2 });
    const guest = new Guest();
    const visit = (roomId: string): void => (rooms.join(roomId, guest, undefined) as Membership).leave();
    visit('one');
    visit('two');
    const id = rooms.publish('one', { content: 'kept' });
    visit('three');
    const late = new Guest();
    rooms.join('one', late, id.replace(/1$/, '0'));
    expect(late.told).toEqual(['JOINED', 'kept']);
  });

  test('by rooms: one with somebody in it is never taken away', () => {
    const rooms = registry({ rooms: 1 });
    join(rooms, new Guest());
    expect(rooms.join('other', new Guest(), undefined)).toBeUndefined();
    expect(rooms.size).toBe(1);
  });

  test('by bytes of all rooms: the quietest forgets first', () => {
    const rooms = registry({ bytes: 100 });
    const guest = new Guest();
    rooms.join('quiet', guest, undefined);
    join(rooms, guest);
    const id = rooms.publish('quiet', { content: 'x'.repeat(30) });
    say(rooms, 'y'.repeat(20));
    expect(rooms.bytes).toBeLessThanOrEqual(100);
    const late = new Guest();
    rooms.join('quiet', late, id.replace(/1$/, '0'));
    join(rooms, late, 'unknown');
    expect(late.told).toEqual(['JOINED', 'GAP', 'JOINED', 'GAP', 'y'.repeat(20)]);
  });

  test('and what is forgotten is given back', () => {
    const rooms = registry({ rooms: 1 });
    const membership = join(rooms, new Guest());
    say(rooms, 'one');
    expect(rooms.bytes).toBeGreaterThan(0);
    membership.leave();
    rooms.join('other', new Guest(), undefined);
    expect(rooms.bytes).toBe(0);
  });
});
