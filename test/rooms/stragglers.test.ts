import { expect, onTestFinished, test } from 'vitest';
import type { LogPage } from '../../src/rooms/broker.ts';
import { Membership } from '../../src/rooms/membership.ts';
import { PAGE, Stragglers, type StragglersHost } from '../../src/rooms/stragglers.ts';
import { Guest } from './guest.ts';
import { UnreliableBroker } from './unreliable-broker.ts';

function straggler(id: string): Membership {
  const guest = new Guest();
  const membership = new Membership(id, 'lobby', undefined, guest);
  membership.begin({ advance: () => {}, onEnd: () => {} }, undefined, '');
  return membership;
}

function serving(
  onPage: (membership: Membership, page: LogPage) => boolean,
  covers: (one: Membership) => boolean = () => false,
) {
  const broker = new UnreliableBroker();
  const advanced: string[] = [];
  const host: StragglersHost = { onPage, isCovered: covers, advance: ({ id }) => void advanced.push(id) };
  const stragglers = new Stragglers(broker, 'lobby', host);
  onTestFinished(() => stragglers.close());
  return { broker, stragglers, advanced };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('each in turn is served a page, and waits behind the others for its next', async () => {
  const served: string[] = [];
  const { broker, stragglers } = serving((membership, page) => {
    served.push(`${membership.id}${page.events.length}`);
    if (served.length < 6) stragglers.add(membership);
    return true;
  });
  for (let said = 0; said < PAGE + 1; said++) await broker.append('lobby', '{}', { except: undefined, key: undefined });
  for (const id of ['a', 'b', 'c']) stragglers.add(straggler(id));
  while (served.length < 6) await turn();
  expect(served).toEqual(['a', 'b', 'c', 'a', 'b', 'c'].map((id) => `${id}${PAGE}`));
});

test('who has been brought on by another, or has no room, or has gone, is not read for', async () => {
  const { broker, stragglers, advanced } = serving(
    () => true,
    ({ id }) => id === 'covered',
  );
  const [covered, full, gone] = [straggler('covered'), straggler('full'), straggler('gone')];
  (full.member as Guest).room = 0;
  for (const one of [covered, full, gone]) stragglers.add(one);
  stragglers.delete(gone);
  while (stragglers.size > 0) await turn();
  expect([broker.reads, advanced]).toEqual([0, ['covered']]);
  expect([covered, full, gone].map(({ isStraggling }) => isStraggling)).toEqual([false, false, false]);
});

test('what fails is tried again, and so is what had nothing though there must be something', async () => {
  let answers = 0;
  const { broker, stragglers } = serving((membership) => {
    answers++;
    if (answers === 1) stragglers.add(membership);
    return answers > 1;
  });
  broker.failures = 1;
  stragglers.add(straggler('a'));
  while (broker.reads < 1) await turn();
  await turn();
  // Another one does not wait in vain either, and makes nobody ask a broker that is down.
  stragglers.add(straggler('b'));
  await turn();
  expect(broker.reads).toBe(1);
  while (broker.reads < 2) {
    stragglers.retryNow();
    await turn();
  }
  while (stragglers.size > 0) {
    stragglers.retryNow();
    await turn();
  }
  expect(answers).toBe(3);
});

test('closed in the middle of reading it serves nobody any more', async () => {
  let answers = 0;
  const { broker, stragglers } = serving(() => ++answers > 0);
  broker.onRead = () => stragglers.close();
  stragglers.add(straggler('a'));
  while (broker.reads === 0) await turn();
  await turn();
  expect([answers, stragglers.size]).toEqual([0, 0]);
});
