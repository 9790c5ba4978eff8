// npm run conformance: test/conformance/main.ts, on any Node that is supported.
import { runProgram } from './compile.mjs';

runProgram('conformance');
