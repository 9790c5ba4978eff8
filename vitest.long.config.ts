// The tests that are left out of `npm test` because they take minutes.
import { defineConfig } from 'vitest/config';
import ordinary, { LONG } from './vitest.config.ts';

export default defineConfig({ ...ordinary, test: { ...ordinary.test, include: LONG, exclude: [], maxWorkers: 1 } });
