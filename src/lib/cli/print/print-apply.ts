import type { ApplyStep } from '../../project/changes/plan-apply.js';
import type { Output } from '../terminal/output.js';
import { pathOf } from './print-comparison.js';

const LETTERS = { write: 'W', delete: 'D', omit: 'O' } as const;

/** Prints what is done to a directory of the host, one path a line, in order. */
export function printApply(output: Output, steps: readonly ApplyStep[]): void {
  for (const { action, path, entry } of steps) {
    output.data(`${LETTERS[action]} ${pathOf(path, entry).slice(1)}`);
  }
}
