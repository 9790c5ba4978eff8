// Whatever is asked of Redis ends in time: with its answer, or with an error that says what is known.
import { describe, expect, test, vi } from 'vitest';
import { type Command, type CommandLimits, Commands, load, within } from '../../src/redis/commands.ts';
import { FakeConnection, type FakeLink, fakeLink, TestTime, turns } from './fake-connection.ts';

const SCRIPT = { text: 'return 1', digest: 'abc' };
const LIMITS: CommandLimits = { commandTimeout: 100, waitTimeout: 1_000, maxPendingCommands: 3, maxPendingBytes: 100 };

const command = (overrides: Partial<Command> = {}): Command => ({
  script: SCRIPT,
  keys: ['k'],
  args: () => ['a'],
  isChange: true,
  size: 10,
  ...overrides,
});

interface Stage extends FakeLink {
  readonly time: TestTime;
  readonly commands: Commands;
}

function stage(): Stage {
  const time = new TestTime();
  let commands: Commands | undefined;
  const fake = fakeLink(time, { onUp: () => commands?.onUp() });
  commands = new Commands(fake.link, LIMITS, time.clock);
  fake.link.open();
  return { ...fake, time, commands };
}

/** What became of a promise: its value, or the code of its error. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: { code?: string }) => error.code ?? error);
}

describe('a command', () => {
  test('is called by its digest, and its answer is handed on', async () => {
    const { commands, up, time, link } = stage();
    const connection = await up();
    const asked = commands.ask(command());
    expect(connection.last.command).toEqual(['EVALSHA', 'abc', '1', 'k', 'a']);
    connection.last.answer(['x']);
    expect(await asked).toEqual(['x']);
    expect([commands.size, commands.bytes]).toEqual([0, 0]);
    link.close();
    time.expectNothing();
  });

  test('is called by its text where the digest means nothing yet', async () => {
    const { commands, up } = stage();
    const connection = await up();
    const asked = commands.ask(command());
    connection.last.fail('NOSCRIPT No matching script.');
    await turns();
    expect(connection.last.command).toEqual(['EVAL', 'return 1', '1', 'k', 'a']);
    connection.last.answer(['x']);
    expect(await asked).toEqual(['x']);
  });

  test('waits for a connection, in its order; nothing was sent of one that waits too long', async () => {
    const { commands, up, time } = stage();
    const first = outcome(commands.ask(command({ args: () => ['first'] })));
    time.pass(500);
    const second = commands.ask(command({ args: () => ['second'] }));
    const third = commands.ask(command({ args: () => ['third'] }));
    time.pass(500);
    expect(await first).toBe('WS_ERR_BROKER_DOWN');
    time.pass(100);
    const connection = await up();
    expect(connection.asked.map(({ command }) => command.at(-1))).toEqual(['second', 'third']);
    for (const asked of connection.asked) asked.answer([]);
    await Promise.all([second, third]);
  });

  test('whose answer was lost with the connection is asked for again over the next, with what is known then', async () => {
    const { commands, up, time, current } = stage();
    let known = 1;
    const asked = commands.ask(command({ args: () => [String(known++)] }));
    const first = await up();
    first.last.fail('Connection is closed.');
    await turns();
    expect(first.isDestroyed).toBe(true);
    time.pass(60);
    const second = await up();
    expect(second.last.command.at(-1)).toBe('2');
    expect(current()).toBe(second);
    second.last.answer(['x']);
    expect(await asked).toEqual(['x']);
  });

  test('that is not answered in time gives the connection up; an answer that comes late is one', async () => {
    const { commands, up, time } = stage();
    const first = await up();
    const asked = commands.ask(command());
    time.pass(100);
    expect(first.isDestroyed).toBe(true);
    first.last.answer(['late']);
    expect(await asked).toEqual(['late']);
    expect(commands.size).toBe(0);
  });

  test('that was sent and never answered is unknown; if it changes nothing it is only not to be had', async () => {
    const { commands, up, time } = stage();
    await up();
    const change = outcome(commands.ask(command()));
    const reading = outcome(commands.ask(command({ isChange: false })));
    time.pass(2_000);
    expect(await Promise.all([change, reading])).toEqual(['WS_ERR_BROKER_UNKNOWN', 'WS_ERR_BROKER_DOWN']);
  });

  test('that Redis cannot do yet is asked for again; it was not carried out', async () => {
    const { commands, up, time } = stage();
    const connection = await up();
    const asked = outcome(commands.ask(command()));
    connection.last.fail('LOADING Redis is loading the dataset in memory');
    await turns();
    time.pass(100);
    expect(connection.asked).toHaveLength(2);
    connection.last.fail('LOADING Redis is loading the dataset in memory');
    await turns();
    for (let count = 0; count < 20; count++) {
      time.pass(100);
      connection.last.fail('LOADING Redis is loading the dataset in memory');
      await turns();
    }
    expect([await asked, connection.isDestroyed]).toEqual(['WS_ERR_BROKER_DOWN', false]);
  });

  test('that a replica refuses is asked for over another connection', async () => {
    const { commands, up, time } = stage();
    const replica = await up();
    const asked = commands.ask(command());
    replica.last.fail("READONLY You can't write against a read only replica.");
    await turns();
    time.pass(60);
    const master = await up();
    master.last.answer(['x']);
    expect([await asked, replica.isDestroyed]).toEqual([['x'], true]);
  });

  test('that Redis refuses rejects at once, and says why', async () => {
    const { commands, up } = stage();
    const connection = await up();
    const asked = commands.ask(command());
    connection.last.fail('OOM command not allowed');
    await expect(asked).rejects.toMatchObject({
      code: 'WS_ERR_BROKER_FULL',
      message: 'Redis refused: OOM command not allowed',
    });
    expect(connection.isDestroyed).toBe(false);
  });
});

describe('what waits', () => {
  test('is bounded in number and bytes, and says whether Redis is there', async () => {
    const { commands, up } = stage();
    const waiting = [commands.ask(command({ size: 60 }))];
    await expect(commands.ask(command({ size: 41 }))).rejects.toMatchObject({ code: 'WS_ERR_BROKER_DOWN' });
    waiting.push(commands.ask(command({ size: 40 })), commands.ask(command({ size: 0 })));
    await expect(commands.ask(command({ size: 0 }))).rejects.toMatchObject({ code: 'WS_ERR_BROKER_DOWN' });
    const connection = await up();
    await expect(commands.ask(command({ size: 0 }))).rejects.toMatchObject({ code: 'WS_ERR_BROKER_FULL' });
    for (const asked of connection.asked) asked.answer([]);
    await Promise.all(waiting);
    const next = commands.ask(command());
    connection.last.answer([]);
    await next;
  });

  test('rejects when all is closed, and so does whatever comes then', async () => {
    const { commands, up, time, link } = stage();
    await up();
    const sent = outcome(commands.ask(command()));
    commands.close();
    expect(await sent).toBe('WS_ERR_BROKER_CLOSED');
    expect(await outcome(commands.ask(command()))).toBe('WS_ERR_BROKER_CLOSED');
    link.close();
    time.expectNothing();
  });
});

describe('what is asked once', () => {
  test('rejects at once without a connection', async () => {
    await expect(stage().commands.askOnce(SCRIPT, ['k'], [])).rejects.toMatchObject({ code: 'WS_ERR_BROKER_DOWN' });
  });

  test('is answered, or gives the connection up', async () => {
    const { commands, up, time } = stage();
    const connection = await up();
    const answered = commands.askOnce(SCRIPT, ['k'], []);
    connection.last.answer(['x']);
    expect(await answered).toEqual(['x']);
    const lost = outcome(commands.askOnce(SCRIPT, ['k'], []));
    time.pass(100);
    expect(await lost).toBeInstanceOf(Error);
    expect(connection.isDestroyed).toBe(true);
  });

  test('a PING finds out a connection that says nothing', async () => {
    const { commands, up, time } = stage();
    await commands.ping();
    const connection = await up();
    const answered = commands.ping();
    connection.last.answer('PONG');
    await answered;
    expect(connection.isDestroyed).toBe(false);
    const silent = commands.ping();
    time.pass(100);
    await silent;
    expect(connection.isDestroyed).toBe(true);
  });
});

describe('a script', () => {
  test('is sent to a Redis that does not have it, and to no other', async () => {
    const connection = new FakeConnection({ onMessage: () => {}, onLost: () => {} });
    const first = load(connection, SCRIPT);
    connection.last.answer([0]);
    await turns();
    expect(connection.last.command).toEqual(['SCRIPT', 'LOAD', 'return 1']);
    connection.last.answer('abc');
    await first;
    const second = load(connection, SCRIPT);
    connection.last.answer([1]);
    await second;
    expect(connection.asked).toHaveLength(3);
  });

  test('that may not be sent is none the worse; a connection that is lost is', async () => {
    const connection = new FakeConnection({ onMessage: () => {}, onLost: () => {} });
    const refused = load(connection, SCRIPT);
    connection.last.fail('NOPERM this user has no permissions');
    await refused;
    const lost = load(connection, SCRIPT);
    connection.last.fail('Connection is closed.');
    await expect(lost).rejects.toThrow('closed');
    await load(new FakeConnection({ onMessage: () => {}, onLost: () => {} }, true), SCRIPT);
  });
});

test('what takes too long rejects, and what does not leaves no timer', async () => {
  const time = new TestTime();
  expect(await within(time.clock, 100, Promise.resolve(5))).toBe(5);
  await turns();
  time.expectNothing();
  const never = within(time.clock, 100, new Promise(() => {}));
  time.pass(100);
  await expect(never).rejects.toThrow('within 100 ms');
  const late = vi.fn();
  await within(time.clock, 100, Promise.reject(new Error('no'))).catch(late);
  expect(late).toHaveBeenCalledOnce();
});
