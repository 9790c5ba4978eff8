// npm run fuzz: test/fuzz/main.ts, on any Node that is supported.
import { runProgram } from './compile.mjs';

runProgram('fuzz');
