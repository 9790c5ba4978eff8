// Who takes part, and where they come from. Nothing is fetched here: the development dependencies hold what is pinned.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { findPeers } from '../../bench/peers.mjs';

const require = createRequire(import.meta.url);

function found(...wanted: string[]) {
  const said: string[] = [];
  return { peers: findPeers(wanted, (message) => said.push(message)), said };
}

test('sluice is the build in dist/, or the one in the folder that is named', () => {
  const { peers } = found('sluice', 'sluice@../before/dist');
  expect(peers).toMatchObject([
    { name: 'sluice', dist: resolve('dist') + (peers[0]?.dist?.endsWith('/') ? '/' : '') },
    { name: 'sluice@dist', dist: resolve('../before/dist') },
  ]);
});

test('ws is the version that bench/peers pins, which is the one the tests use', () => {
  const { peers, said } = found('ws');
  expect(said).toEqual([]);
  expect(peers).toMatchObject([{ name: 'ws', version: require('../../bench/peers/package.json').dependencies.ws }]);
});

test('raw is the only one that hands back what it got', () => {
  expect(found('sluice', 'ws', 'raw', 'http').peers.filter(({ verbatim }) => verbatim)).toMatchObject([
    { name: 'raw' },
  ]);
});

test('a module of your own takes part by its path', () => {
  const { peers } = found('./mine.mjs');
  expect(peers).toMatchObject([{ name: 'mine', module: pathToFileURL(resolve('mine.mjs')).href, verbatim: false }]);
});

test.each(['wss', 'ws@folder', ''])('"%s" is nobody', (wanted) => {
  expect(() => found(wanted)).toThrow(
    `there is no peer "${wanted}": expected sluice, ws, bun, raw, http, broadcast, socket.io, better-sse, http-joined, sluice@FOLDER`,
  );
});
