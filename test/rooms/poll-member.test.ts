import { memberContract } from './member.contract.ts';

memberContract('poll');
