#!/usr/bin/env node
// The command `sluice`: hands the process to run() and takes its exit code. What is done is decided there.
import { run } from './run.ts';
import { processTerminal } from './terminal.ts';

// A reader that has gone, as in `sluice inspect … | head`, is no reason to die loudly.
process.stdout.on('error', () => {});
// Set, not exited with: whatever was printed still leaves.
process.exitCode = await run(process.argv.slice(2), processTerminal());
