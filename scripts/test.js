/*
 * Runs the test suites and closes with one line, `N passed, N failed`. A test that was skipped, a
 * suite that could not be loaded and a run without tests count as failures. Random cases have the
 * seed MONO_SEED, by default one that the sources give; MONO_FUZZ=N tries N times as many.
 * usage: node scripts/test.js [vitest arguments…]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedOfSources } from './lib/seed-of-sources.js';

const scratch = mkdtempSync(join(tmpdir(), 'mono-test-'));
const report = join(scratch, 'report.json');
const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
const seed = process.env.MONO_SEED ?? String(seedOfSources());
console.log(`MONO_SEED=${seed}`);
const run = spawnSync(
  process.execPath,
  [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`].concat(
    process.argv.slice(2),
  ),
  { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, MONO_SEED: seed } },
);
const { passed, failed } = count(report);
rmSync(scratch, { recursive: true, force: true });
const unexplained = failed === 0 && (run.status !== 0 || passed === 0) ? 1 : 0;
console.log(`${passed} passed, ${failed + unexplained} failed`);
process.exitCode = failed + unexplained === 0 ? 0 : 1;

function count(path) {
  try {
    const result = JSON.parse(readFileSync(path, 'utf8'));
    const emptySuites = result.testResults.filter(
      (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
    ).length;
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = result;
    return {
      passed: numPassedTests,
      failed: numFailedTests + numPendingTests + numTodoTests + emptySuites,
    };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
