import { readFileSync } from 'node:fs';

// Prints the count of Vitest's JSON report as one line. Runs on an old Node too.
const [file] = process.argv.slice(2);

function read() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.log('The tests left no report: they did not start, or did not end in time.');
    process.exitCode = 1;
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}

const report = read();
// A file that can't be loaded has no tests that could be counted as failed.
const unloadable = report.testResults.filter(
  (one) => one.status === 'failed' && one.assertionResults.length === 0,
);
for (const { name, message } of unloadable) console.log(`could not be loaded: ${name}: ${message}`);
const failed = report.numFailedTests + unloadable.length;
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
