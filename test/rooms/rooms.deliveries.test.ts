import { expect, test } from 'vitest';
import { Stage, TRANSPORTS } from './stage.ts';

test('what members are handed is counted by transport, and what is not for them is not', async () => {
  const stage = await Stage.open();
  expect(stage.rooms.deliveries).toEqual({ websocket: 0, eventStream: 0, poll: 0 });
  const readers = [];
  for (const transport of TRANSPORTS) readers.push(await stage.reader(transport, { identity: transport }));
  await stage.say(3);
  await stage.rooms.publish('lobby', { number: 4 }, { except: { identity: 'WebSocket' } });
  const [websocket, ...others] = readers;
  await websocket?.hears(3);
  for (const reader of others) await reader.hears(4);
  expect(stage.rooms.deliveries).toEqual({ websocket: 3, eventStream: 4, poll: 4 });
});
