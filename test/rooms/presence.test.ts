import { expect, onTestFinished, test } from 'vitest';
import { PresenceRegister } from '../../src/rooms/presence.ts';
import { Listener } from './broker.contract.ts';
import { UnreliableBroker } from './unreliable-broker.ts';

async function register() {
  const broker = new UnreliableBroker();
  const faults: unknown[] = [];
  const presence = new PresenceRegister(broker, (error) => faults.push(error));
  const listener = new Listener();
  await broker.subscribe('lobby', listener);
  onTestFinished(() => presence.close());
  const told = (): string[] => listener.said.map((data) => `${JSON.parse(data).type} ${JSON.parse(data).member}`);
  const present = async (): Promise<string[]> => (await broker.present('lobby', 100)).map(({ member }) => member);
  return { broker, faults, presence, told, present, listener };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('who comes is announced with what is told of it, and so is going', async () => {
  const { presence, listener, present } = await register();
  await presence.enter('lobby', 'a"da', '{"age":1}');
  expect(await present()).toEqual(['a"da']);
  presence.leave('lobby', 'a"da');
  await turn();
  expect(listener.said.map((data) => JSON.parse(data))).toEqual([
    { type: 'MEMBER_JOINED', member: 'a"da', information: { age: 1 } },
    { type: 'MEMBER_LEFT', member: 'a"da', information: { age: 1 } },
  ]);
  expect(await present()).toEqual([]);
});

test('two memberships of one identity count once, in whatever order they come and go', async () => {
  const { presence, told, present } = await register();
  await Promise.all([presence.enter('lobby', 'ada', '1'), presence.enter('lobby', 'ada', '2')]);
  presence.leave('lobby', 'ada');
  await presence.enter('lobby', 'ada', '3');
  presence.leave('lobby', 'ada');
  await turn();
  expect([told(), await present()]).toEqual([['MEMBER_JOINED ada'], ['ada']]);
  presence.leave('lobby', 'ada');
  await turn();
  expect(told()).toEqual(['MEMBER_JOINED ada', 'MEMBER_LEFT ada']);
});

test('who comes and goes faster than the broker answers is present in the end if it has come', async () => {
  const { presence, told, present } = await register();
  for (let times = 0; times < 5; times++) {
    void presence.enter('lobby', 'ada', '1');
    presence.leave('lobby', 'ada');
  }
  await presence.enter('lobby', 'ada', '1');
  await turn();
  expect([await present(), told().at(-1)]).toEqual([['ada'], 'MEMBER_JOINED ada']);
});

test('who could not enter is not present, and may try again', async () => {
  const { broker, presence, told, present } = await register();
  broker.failures = 1;
  await expect(presence.enter('lobby', 'ada', '1')).rejects.toMatchObject({ code: 'WS_ERR_BROKER_DOWN' });
  expect(await present()).toEqual([]);
  await presence.enter('lobby', 'ada', '1');
  expect(told()).toEqual(['MEMBER_JOINED ada']);
});

test('who could not be told of as gone is, when the broker is back', async () => {
  const { broker, presence, told, present } = await register();
  await presence.enter('lobby', 'ada', '1');
  broker.failures = 1;
  presence.leave('lobby', 'ada');
  await turn();
  expect(await present()).toEqual(['ada']);
  presence.retryNow();
  await turn();
  expect([await present(), told().at(-1)]).toEqual([[], 'MEMBER_LEFT ada']);
});

test('what could not be announced is a fault, and the broker knows who is there all the same', async () => {
  const { broker, presence, faults, present } = await register();
  broker.append = async () => {
    throw new Error('full');
  };
  await presence.enter('lobby', 'ada', '1');
  expect([await present(), String(faults[0])]).toEqual([['ada'], 'Error: full']);
});

test('closed it has told of everybody who has gone', async () => {
  const { presence, told } = await register();
  await presence.enter('lobby', 'ada', '1');
  presence.leave('lobby', 'ada');
  await presence.close();
  expect(told()).toEqual(['MEMBER_JOINED ada', 'MEMBER_LEFT ada']);
});
