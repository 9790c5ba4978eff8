import { expect, it } from 'vitest';
import { compressionJobs } from '../../src/websocket/compression-jobs.ts';

it('gives everybody with the same limit the same queue', () => {
  expect(compressionJobs(10)).toBe(compressionJobs(10));
  expect(compressionJobs(5)).not.toBe(compressionJobs(10));
});

it('refuses what is no limit, each time', () => {
  for (let count = 0; count < 2; count++) expect(() => compressionJobs(0)).toThrow(RangeError);
});
