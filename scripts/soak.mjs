// npm run soak: test/soak/main.ts, on any Node that is supported.
import { runProgram } from './compile.mjs';

runProgram('soak');
