import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const MODULE = join(import.meta.dirname, '../../src/lib/cli/program/limit-young-heap.ts');

/** Says how large the space for new objects is once many of them have lived for a while. */
const CHURN = `
const kept = [];
for (let turn = 0; turn < 3_000_000; turn++) kept[turn % 50_000] = { turn };
const space = require('node:v8').getHeapSpaceStatistics().find((it) => it.space_name === 'new_space');
console.log(space.space_size);
`;

function youngHeapBytes(before: string): number {
  const args = ['--import', 'tsx', '--input-type=commonjs', '--eval', `${before}${CHURN}`];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

it('keeps the space for new objects from growing', () => {
  const limit = `require(${JSON.stringify(MODULE)}).limitYoungHeap();`;

  expect(youngHeapBytes('') / youngHeapBytes(limit)).toBeGreaterThanOrEqual(2);
});
