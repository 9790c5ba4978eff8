// The command line: what is not said has a default, what is wrong is named.
import { describe, expect, test } from 'vitest';
import { HELP, readOptions } from '../../bench/options.mjs';
import { isHttp, isRoom, isUsual, ROWS } from '../../bench/rows.mjs';

test('without arguments the usual rows, none of HTTP or of rooms, and all peers, are measured', () => {
  const options = readOptions([]);
  expect(options.rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['echo-64', 'deflated-1k-conns']));
  expect(options.rows.filter((row) => isHttp(row) || isRoom(row) || row.onRequest)).toEqual([]);
  expect(options.rows).toEqual(ROWS.filter(isUsual).map((row) => expect.objectContaining(row)));
  expect(options).toMatchObject({
    peers: ['sluice', 'ws', 'bun', 'raw', 'http', 'broadcast', 'socket.io', 'better-sse', 'http-joined'],
    repeats: 3,
    pinned: true,
    node: undefined,
  });
});

test('two more rows are measured when all are asked for, or by name', () => {
  const names = (args: string[]) => readOptions(args).rows.map(({ name }) => name);
  const more = names(['--rows', 'all']).filter((name) => !names([]).includes(name));
  expect(more).toEqual(['echo-64-string', 'deflated-2k-conns']);
  expect(names(['--rows', 'all'])).toEqual(expect.arrayContaining(names([])));
  expect(names(['--rows', 'echo-64-string'])).toEqual(['echo-64-string']);
});

test('the rows of HTTP are measured when they are asked for, as a group or by name', () => {
  const names = (args: string[]) => readOptions(args).rows.map(({ name }) => name);
  expect(names(['--http'])).toEqual(['http-426', 'http-fallback']);
  expect(names(['--http', '--rows', 'http-426,echo-64'])).toEqual(['http-426', 'echo-64']);
});

test('the rows of rooms are measured when they are asked for, beside those of HTTP if need be', () => {
  const names = (args: string[]) => readOptions(args).rows.map(({ name }) => name);
  const rooms = ROWS.filter(isRoom).map(({ name }) => name);
  expect(names(['--rooms'])).toEqual(rooms);
  expect(names(['--rooms', '--http'])).toEqual(['http-426', 'http-fallback', ...rooms]);
});

test('each kind of row takes its own number of connections', () => {
  const args = [
    '--connections',
    '5',
    '--depth',
    '3',
    '--size',
    '8',
    '--subscribers',
    '7',
    '--members',
    '6',
    '--idle',
    '9',
  ];
  const found = new Map(
    readOptions([...args, '--rows', 'all']).rows.map((row) => [row.name, [row.connections, row.depth, row.size]]),
  );
  expect(found.get('echo-64')).toEqual([5, 3, 8]);
  expect(found.get('handshake')).toEqual([5, 1, 64]);
  expect(found.get('fanout-16')).toEqual([7, 1, 100]);
  expect(found.get('idle-10k')).toEqual([9, 1, 64]);
  expect(found.get('deflated-1k-conns')).toEqual([9, 16, 1024]);
  expect(found.get('deflated-2k-conns')).toEqual([9, 16, 1024]);
  expect(readOptions([...args, '--rooms']).rows[0]).toMatchObject({ connections: 6, size: 100 });
  expect(readOptions([...args, '--http']).rows[0]).toMatchObject({ connections: 5, depth: 1 });
});

test('what a row has of its own gives way to what is asked for', () => {
  const asked = readOptions(['--warmup', '1', '--repeats', '2']).rows;
  expect(new Set(asked.map((row) => row.warmup))).toEqual(new Set([undefined]));
  expect(new Set(asked.map((row) => row.repeats))).toEqual(new Set([2]));
  const usual = readOptions([]).rows;
  expect(usual.find(({ load }) => load === 'handshake')?.warmup).toBeGreaterThan(0);
  expect(usual.find(({ load }) => load === 'idle')?.repeats).toBe(1);
});

test('a row that was changed says so', () => {
  const [row] = readOptions(['--rows', 'echo-64', '--connections', '5']).rows;
  expect(row?.title).toMatch(/; here connections 5$/);
});

describe('what is wrong is named', () => {
  test.each([
    [['--rows', 'echo-65'], 'there is no row "echo-65"'],
    [['--repeats', '0'], '--repeats must be a whole number from 1 on, got "0"'],
    [['--depth', '1.5'], '--depth must be a whole number from 1 on, got "1.5"'],
    [['--seconds', 'soon'], '--seconds must be more than 0 and at most 20, got "soon"'],
    [['--seconds', '21'], '--seconds must be more than 0 and at most 20, got "21"'],
    [['--minutes', '0'], '--minutes must be more than 0 and at most 600, got "0"'],
    [['--warmup', '0'], '--warmup must be more than 0 and at most 20, got "0"'],
    [['--fast'], "Unknown option '--fast'"],
    [['echo-64'], 'echo-64'],
  ])('%j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});

test('the help names every option', () => {
  const names = [
    'rows',
    'peers',
    'repeats',
    'minutes',
    'seconds',
    'warmup',
    'connections',
    'depth',
    'size',
    'subscribers',
    'members',
    'idle',
  ];
  for (const name of [...names, 'http', 'rooms', 'no-pin', 'node', 'json', 'markdown', 'profile'])
    expect(HELP).toContain(`--${name} `);
});
