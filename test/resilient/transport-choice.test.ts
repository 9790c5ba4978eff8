import { expect, test } from 'vitest';
import type { Transport } from '../../src/resilient/index.ts';
import { chooseTransport } from '../../src/resilient/transport-choice.ts';
import { FakeTransport, World } from './world.ts';

const transports = [new FakeTransport('websocket'), new FakeTransport('sse'), new FakeTransport('poll')];

function choose(url: unknown = () => '', world = new World()) {
  return { world, choice: chooseTransport({ transports, url, betterTransportAfter: 60_000, platform: world }) };
}

test('a way that never worked has one chance, and behind the last comes the first', () => {
  const { choice } = choose();
  const names = [];
  for (let round = 0; round < 4; round++) {
    names.push(choice.current.name);
    choice.fail();
  }
  expect(names).toEqual(['websocket', 'sse', 'poll', 'websocket']);
});

test('one that has worked has three', () => {
  const { choice } = choose();
  choice.succeed();
  choice.fail();
  choice.fail();
  expect(choice.current.name).toBe('websocket');
  choice.fail();
  expect(choice.current.name).toBe('sse');
});

test('what worked is remembered for ten minutes, for this server', () => {
  const { choice, world } = choose('ws://one.example/');
  choice.fail();
  choice.succeed();
  expect(choose('ws://one.example/', world).choice.current.name).toBe('sse');
  expect(choose('ws://other.example/', world).choice.current.name).toBe('websocket');
  world.time = 600_000;
  expect(choose('ws://one.example/', world).choice.current.name).toBe('websocket');
});

test('the best is tried beside a worse one, more and more rarely while it does not prove itself', async () => {
  const { choice, world } = choose();
  const tried: [number, string][] = [];
  const plan = (): void => choice.plan(({ name }: Transport) => tried.push([world.time / 1_000, name]));
  plan();
  await world.pass(1_000_000);
  expect(tried).toEqual([]);
  choice.fail();
  world.time = 0;
  for (let round = 0; round < 6; round++) {
    plan();
    await world.pass(960_000);
    world.time = 0;
  }
  expect(tried).toEqual([60, 120, 240, 480, 960, 960].map((at) => [at, 'websocket']));
  choice.improve();
  expect(choice.current.name).toBe('websocket');
  choice.succeed();
  plan();
  choice.stop();
  expect(world.timers).toBe(0);
});
