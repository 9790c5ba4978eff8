// npm run chaos: test/chaos/main.ts, on any Node that is supported.
import { runProgram } from './compile.mjs';

/** What the instances serve, and what nginx is told. */
export const ASSETS = ['src/app/page', 'examples/nginx/nginx.conf'];

runProgram('chaos', ASSETS);
