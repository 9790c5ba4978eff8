import { memberContract } from './member.contract.ts';

memberContract('event stream');
