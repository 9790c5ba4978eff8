import { expect, test } from 'vitest';
import { MembershipIds } from '../../src/rooms/membership-ids.ts';

test('no two ids are the same, of one instance or of two', () => {
  const instances = [new MembershipIds(), new MembershipIds()];
  const ids = instances.flatMap((instance) => Array.from({ length: 1_000 }, () => instance.next()));
  expect(new Set(ids).size).toBe(2_000);
});
