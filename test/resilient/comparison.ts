// How the table of docs/resilience.md beside four other clients is checked: each of the five is watched, and the row is held against
// what it did. Where a cell says more than its finding, that stands behind a colon.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { type Client, FakeSocket, pass, SUBJECTS, type Subject, type SubjectName } from './others.ts';

const NAMES = Object.keys(SUBJECTS) as SubjectName[];
const PAGE = readFileSync(join(ROOT, 'docs/resilience.md'), 'utf8');
export const SECOND = 1_000;
/** Milliseconds in which ten attempts are made by everybody, and by most many more. */
export const LONG = 2_400 * SECOND;

type Findings = Record<SubjectName, string>;

/** The cells of a row of the page, without what stands behind a colon. */
function documented(title: string): Findings {
  const row = PAGE.split('\n').find((line) => line.startsWith(`| ${title} | `));
  if (row === undefined) throw new Error(`no row "${title}"`);
  const [, , ...cells] = row.split('|').map((cell) => cell.trim().replace(/:.*$/, ''));
  return Object.fromEntries(NAMES.map((name, index) => [name, cells[index]])) as Findings;
}

export const clients: Client[] = [];

/** A client, which is closed with the test. */
export function connect(name: SubjectName, options: object = {}): Client {
  const client = (SUBJECTS[name] as Subject).connect(options);
  clients.push(client);
  return client;
}

/** A test that finds out about each of the five, and holds the row against it. */
export function row(title: string, find: (name: SubjectName) => Promise<string | boolean>): void {
  test(title, async () => {
    const findings: Partial<Findings> = {};
    for (const name of NAMES) {
      FakeSocket.made = [];
      FakeSocket.onMade = () => {};
      const found = await find(name);
      findings[name] = typeof found === 'string' ? found : found ? 'yes' : 'no';
      for (const client of clients.splice(0)) client.close();
    }
    expect(findings).toEqual(documented(title));
  });
}

beforeEach(() => {
  FakeSocket.made = [];
  FakeSocket.onMade = () => {};
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A server that is not there. */
export const refuse = (socket: FakeSocket): void => socket.end();
/** The newest connection. */
export const last = (): FakeSocket => FakeSocket.made.at(-1) as FakeSocket;

/** A client that is connected. */
export async function connected(name: SubjectName, options?: object): Promise<Client> {
  FakeSocket.onMade = SUBJECTS[name].welcome;
  const client = connect(name, options);
  await pass(SECOND);
  if (!client.isOpen()) throw new Error(`${name} is not open`);
  return client;
}

/** Milliseconds between the attempts of `time`, each of which is refused. */
export async function delays(name: SubjectName, time: number, options?: object): Promise<number[]> {
  FakeSocket.made = [];
  FakeSocket.onMade = refuse;
  const client = connect(name, options);
  await pass(time);
  client.close();
  return FakeSocket.made.slice(1).map(({ madeAt }, index) => madeAt - (FakeSocket.made[index] as FakeSocket).madeAt);
}

/** Whether the client, which is connected, makes another connection within so much time. */
export async function comesBack(within: number): Promise<boolean> {
  const { length } = FakeSocket.made;
  await pass(within);
  return FakeSocket.made.length > length;
}
