// Holds test/ against src/: src/http/head.ts is tested in test/http/head.test.ts, and nowhere has a reader to search.
// A second test file of the same source carries its aspect in its name: test/http/head.property.test.ts.
import { describe, expect, test } from 'vitest';
import { FLOOR_PLAN } from './floor-plan.ts';
import { filesBelow, readSources } from './source-files.ts';
import { tokenize } from './tokens.ts';

/** Files of types alone: there is nothing in them that could run. The test below proves it. */
const PURE_TYPE_FILES: readonly string[] = [
  'bytes/byte-sink.ts',
  'connection/connection-host.ts',
  'drop-in/shape.ts',
  'frame/frame-sink.ts',
  'handshake/upgrade-head.ts',
  'message/message-sink.ts',
  'poll/poll.ts',
  'poll/reply.ts',
  'redis/connection.ts',
  'resilient/transport.ts',
  'rooms/member.ts',
  'sse/event-stream.ts',
  'transport/outbox-owner.ts',
  'websocket/borrower.ts',
];

/** Every source that lacks its test, and every test whose source is gone. */
function mirrorComplaints(sources: Iterable<string>, tests: Iterable<string>): string[] {
  const complaints: string[] = [];
  const sourceFiles = new Set(sources);
  const testFiles = new Set(tests);
  for (const source of sourceFiles) {
    const isEntry = !source.includes('/') || source.endsWith('/index.ts');
    if (isEntry || PURE_TYPE_FILES.includes(source)) continue;
    const mirrored = source.replace(/\.ts$/, '.test.ts');
    if (!testFiles.has(mirrored)) complaints.push(`src/${source} has no test/${mirrored}`);
  }
  for (const file of testFiles) {
    const folder = file.slice(0, file.indexOf('/'));
    if (!FLOOR_PLAN.has(folder) || !file.endsWith('.test.ts')) continue;
    const source = file.replace(/(?:\.[a-z0-9-]+)?\.test\.ts$/, '.ts');
    if (!sourceFiles.has(source)) complaints.push(`test/${file} tests src/${source}, which is not there`);
  }
  return complaints;
}

const sources = readSources();

test('every source file has its test at the mirrored place, and every test its source', () => {
  expect(mirrorComplaints(sources.keys(), filesBelow('test'))).toEqual([]);
});

test.each(PURE_TYPE_FILES)('src/%s holds nothing that runs', (path) => {
  const words = tokenize(sources.get(path) ?? 'const').map((token) => token.text);
  const runs = words.filter((word) => ['const', 'let', 'var', 'function', 'class', 'enum', 'namespace'].includes(word));
  expect(runs).toEqual([]);
});

describe('a crooked mirror is caught', () => {
  test.each([
    ['a source without a test', ['http/head.ts'], [], 'src/http/head.ts has no test/http/head.test.ts'],
    ['a test without a source', [], ['http/head.test.ts'], 'test/http/head.test.ts tests src/http/head.ts'],
    ['an aspect alone', ['http/head.ts'], ['http/head.property.test.ts'], 'has no test/http/head.test.ts'],
    ['an aspect of nothing', [], ['http/head.property.test.ts'], 'tests src/http/head.ts'],
  ])('%s', (_, sourceFiles, testFiles, complaint) => {
    expect(mirrorComplaints(sourceFiles, testFiles)).toEqual([expect.stringContaining(complaint)]);
  });

  test('and a straight one passes', () => {
    const tests = ['http/head.test.ts', 'http/head.property.test.ts', 'http/samples.ts', 'interop/chromium.test.ts'];
    expect(mirrorComplaints(['index.ts', 'http/index.ts', 'http/head.ts'], tests)).toEqual([]);
  });
});
