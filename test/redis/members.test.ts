// The members of an instance: Redis is told of them as often as it must be, and of those that it has forgotten.
import { describe, expect, test } from 'vitest';
import { Commands } from '../../src/redis/commands.ts';
import { Members } from '../../src/redis/members.ts';
import { ENTER, LEAVE, REFRESH, type Script } from '../../src/redis/scripts.ts';
import { type FakeConnection, fakeLink, TestTime, turns } from './fake-connection.ts';

const LIMITS = { commandTimeout: 100, waitTimeout: 1_000, maxPendingCommands: 100, maxPendingBytes: 100_000 };
const TTL = 3_000;

async function stage(): Promise<{ members: Members; connection: FakeConnection; time: TestTime; commands: Commands }> {
  const time = new TestTime();
  const { link, up } = fakeLink(time);
  const commands = new Commands(link, LIMITS, time.clock);
  link.open();
  const connection = await up();
  return { members: new Members(commands, 'sluice', TTL, 'me'), connection, time, commands };
}

/** What was asked: which script, and its arguments behind the keys. */
function askedOf({ asked }: FakeConnection): [Script | undefined, ...string[]][] {
  return asked.map(({ command }) => {
    const script = [ENTER, LEAVE, REFRESH].find(({ digest }) => digest === command[1]);
    return [script, ...command.slice(3 + Number(command[2]))];
  });
}

async function enter(members: Members, connection: FakeConnection, room: string, member: string): Promise<void> {
  const entering = members.enter(room, { member, information: '1' });
  connection.last.answer('1');
  await entering;
}

describe('members', () => {
  test('are told of in shares, all of them three times within their time', async () => {
    const { members, connection } = await stage();
    for (const room of ['a', 'b', 'c', 'd']) await enter(members, connection, room, 'ada');
    connection.asked.length = 0;
    // A quarter of a third of the time: one room of four.
    for (let look = 0; look < 4; look++) members.refresh(TTL / 3 / 4);
    expect(connection.asked).toHaveLength(4);
    expect(new Set(connection.asked.map(({ command }) => command[3])).size).toBe(4);
    expect(askedOf(connection)[0]).toEqual([REFRESH, String(TTL), 'me ada']);
  });

  test('that Redis has forgotten are told of again, unless they have left meanwhile', async () => {
    const { members, connection } = await stage();
    await enter(members, connection, 'a', 'ada');
    await enter(members, connection, 'a', 'eve');
    members.refresh(TTL);
    const refresh = connection.last;
    const leaving = members.leave('a', 'eve');
    connection.last.answer('1');
    await leaving;
    connection.asked.length = 0;
    refresh.answer(['me ada', 'me eve']);
    await turns();
    expect(askedOf(connection)).toEqual([[ENTER, 'me ada', '1', String(TTL)]]);
    // Who leaves while Redis is told of it does not stay.
    const restored = connection.last;
    const gone = members.leave('a', 'ada');
    connection.last.answer('0');
    await gone;
    restored.answer('1');
    await turns();
    expect(askedOf(connection).at(-1)).toEqual([LEAVE, 'me ada']);
  });

  test('that leave while they enter are gone in the end', async () => {
    const { members, connection } = await stage();
    const entering = members.enter('a', { member: 'ada', information: '1' });
    const first = connection.last;
    const leaving = members.leave('a', 'ada');
    connection.last.answer('0');
    await leaving;
    first.answer('1');
    await turns();
    expect(askedOf(connection).map(([script]) => script)).toEqual([ENTER, LEAVE, LEAVE]);
    connection.last.answer('1');
    expect(await entering).toBe(true);
  });

  test('of a large room are told of in pieces', async () => {
    const { members, connection } = await stage();
    for (let number = 0; number < 450; number++) await enter(members, connection, 'a', `${number}`);
    connection.asked.length = 0;
    members.refresh(TTL);
    expect(askedOf(connection).map((command) => command.length - 2)).toEqual([200, 200, 50]);
  });

  test('all leave in the end, and a Redis that does not answer keeps nobody', async () => {
    const { members, connection, time } = await stage();
    await enter(members, connection, 'a', 'ada');
    await enter(members, connection, 'b', 'eve');
    connection.asked.length = 0;
    const closed = members.close();
    expect(askedOf(connection)).toEqual([
      [LEAVE, 'me ada'],
      [LEAVE, 'me eve'],
    ]);
    time.pass(100);
    await closed;
    members.refresh(TTL);
    expect(connection.asked).toHaveLength(2);
  });
});
