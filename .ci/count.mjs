// Reads vitest's own JSON reports and prints, as its only line about tests, `N passed, N failed`.
// Usage: node .ci/count.mjs report.json… Exit code 1 when something failed, nothing ran, or a report says no success.
// A test file that failed as a whole (it could not be loaded, it left a handle open) counts as one failure.
import { existsSync, readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
let success = true;

for (const path of process.argv.slice(2).filter((name) => existsSync(name))) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  success &&= report.success;
  for (const file of report.testResults) {
    const failures = file.assertionResults.filter((test) => test.status === 'failed').length;
    if (file.status === 'failed' && failures === 0) failed++;
  }
  const notRun = report.numPendingTests + report.numTodoTests;
  if (notRun > 0) console.log(`${path}: ${notRun} tests did not run`);
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = success && failed === 0 && passed > 0 ? 0 : 1;
