// Reads vitest's own JSON reports and prints, as its only line about tests, `N passed, N failed`.
// Usage: node .ci/count.mjs report.json… Exit code 1 when something failed, nothing ran, or a report says no success.
// The tests that failed are named above that line: whoever sees the end of a long output sees them.
// A test file that failed as a whole (it could not be loaded, it left a handle open) counts as one failure.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** Of what a failure says, as many lines are shown. */
const LINES = 8;

let passed = 0;
let failed = 0;
let success = true;

for (const path of process.argv.slice(2).filter((name) => existsSync(name))) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  success &&= report.success;
  for (const file of report.testResults) {
    const failures = file.assertionResults.filter((test) => test.status === 'failed');
    if (file.status === 'failed' && failures.length === 0) failed++;
    const name = relative('.', file.name);
    for (const { fullName, failureMessages } of failures) tell(`${name}: ${fullName}`, failureMessages[0]);
    if (file.status === 'failed' && failures.length === 0) tell(name, file.message);
  }
  const notRun = report.numPendingTests + report.numTodoTests;
  if (notRun > 0) console.log(`${path}: ${notRun} tests did not run`);
}

/**
 * @param {string} what
 * @param {string | undefined} why
 */
function tell(what, why = '') {
  console.log(`failed: ${what}`);
  for (const line of why.split('\n').slice(0, LINES)) console.log(`        ${line}`);
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = success && failed === 0 && passed > 0 ? 0 : 1;
