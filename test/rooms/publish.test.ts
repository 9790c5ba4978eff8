import { expect, test } from 'vitest';
import { MemoryBroker } from '../../src/rooms/memory-broker.ts';
import { type PublishOptions, publish } from '../../src/rooms/publish.ts';
import { type AuthorizationQuestion, readRoomsOptions } from '../../src/rooms/rooms-options.ts';
import { Listener } from './broker.contract.ts';

const asked: AuthorizationQuestion[] = [];
const settings = readRoomsOptions({
  authorize: (question) => {
    asked.push(question);
    return question.identity === 'ada';
  },
});

async function say(options: PublishOptions): Promise<{ id: string; said: string[] }> {
  const broker = new MemoryBroker();
  const listener = new Listener();
  await broker.subscribe('lobby', listener);
  const id = await publish(broker, settings, 'lobby', { a: 1 }, undefined, options).catch((error) => error.code);
  return { id, said: listener.said };
}

test('the server itself says what it likes', async () => {
  asked.length = 0;
  expect(await say({})).toEqual({ id: expect.stringMatching(/^[0-9a-f]{12}-1$/), said: ['{"a":1}'] });
  expect(asked).toEqual([]);
});

test('for who has an identity somebody is asked, and a no is a no', async () => {
  asked.length = 0;
  expect((await say({ identity: 'ada', request: 7 })).said).toEqual(['{"a":1}']);
  expect(await say({ identity: 'eve' })).toEqual({ id: 'WS_ERR_ROOM_FORBIDDEN', said: [] });
  expect(asked[0]).toEqual({ room: 'lobby', action: 'publish', identity: 'ada', request: 7 });
});

test('with nothing to wait for it has been said when the call returns', () => {
  const broker = new MemoryBroker();
  const listener = new Listener();
  void broker.subscribe('lobby', listener);
  void publish(broker, settings, 'lobby', { a: 1 }, 'i:ada', {});
  expect(listener.heard).toMatchObject([{ data: '{"a":1}', except: 'i:ada' }]);
});
