import { defineConfig } from 'vitest/config';

/** Tests of minutes, for which `.ci/run` has no time: `npm run test:long` runs these, and no other count has them. */
export const LONG = [
  'test/attacks/instances.test.ts',
  'test/bench/rooms.test.ts',
  'test/chaos/plants.test.ts',
  'test/examples/nextjs.test.ts',
  'test/interop/page.transports.test.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: LONG,
    // A process for each test file: what one leaves open cannot be blamed on another.
    pool: 'forks',
    setupFiles: ['test/house/open-handles.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Two cores are what CI has, and a third of the time they wait for a peer, a browser or a fault.
    maxWorkers: 3,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportOnFailure: true,
      thresholds: {
        'src/frame/**': { branches: 100 },
        'src/handshake/**': { branches: 100 },
        'src/deflate/**': { branches: 100 },
      },
    },
  },
});
