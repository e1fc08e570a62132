import type { SandboxCommit } from '../../project/changes/commit-sandbox.js';
import type { Output } from '../terminal/output.js';

/** Prints the version that was made of a sandbox. */
export function printCommit(
  output: Output,
  { root, version, name, replaced }: SandboxCommit,
): void {
  output.data(`root:    ${root.toString()}`);
  output.data(`version: ${version.toString()}`);
  const before = replaced ? `, which was ${replaced.toString()}` : '';
  output.talk(`Kept as ${name}${before}`);
}
