import { MonoError } from '../../errors.js';
import type { Lockfile } from './lockfile.js';
import type { ProjectFile } from '../project-file/project-file.js';
import { formatRequirement } from '../requirement/requirement.js';

/** How many differences a message lists. */
const MAX_LISTED = 20;

/** Returns one line for each way in which `lock` is not what `file` asks for. */
export function lockDifferences(file: ProjectFile, lock: Lockfile): string[] {
  const differences: string[] = [];
  for (const [name, requirement] of file.images) {
    const wanted = formatRequirement(requirement);
    const locked = lock.images.get(name);
    if (!locked) differences.push(`+ ${name}: ${wanted} is not locked`);
    else if (locked.requirement !== wanted) {
      differences.push(`~ ${name}: mono.yaml has ${wanted}, mono.lock has ${locked.requirement}`);
    }
  }
  for (const name of lock.images.keys()) {
    if (!file.images.has(name)) differences.push(`- ${name}: is locked but not in mono.yaml`);
  }
  return differences;
}

/**
 * Throws unless `lock` is exactly what `file` asks for.
 *
 * @throws {MonoError} `LOCKFILE_OUTDATED` with the differences
 */
export function assertLockMatches(file: ProjectFile, lock: Lockfile): void {
  const differences = lockDifferences(file, lock);
  if (differences.length === 0) return;
  const listed = differences.slice(0, MAX_LISTED).map((line) => `\n    ${line}`);
  const more = differences.length - listed.length;
  throw new MonoError(
    'LOCKFILE_OUTDATED',
    `Cannot install with a frozen lockfile: mono.lock does not match mono.yaml${listed.join('')}${more > 0 ? `\n    and ${more} more` : ''}`,
    { details: { differences } },
  );
}
