// The package itself plays the contract of `ws`, and says where it is stricter.
import { describe } from 'vitest';
import * as sluice from '../../src/index.ts';
import { playContract } from './contract.ts';
import type { Subject } from './stage.ts';

describe('sluice', () => {
  playContract({ name: 'sluice', ...sluice } as unknown as Subject);
});
