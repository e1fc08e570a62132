import { LOCKFILE_VERSION, type LockedImage, type Lockfile } from './lockfile.js';

const HEADER =
  '# Written by mono; commit it. To change it, edit mono.yaml or run `mono install` or `mono upgrade`.\n';

/**
 * Returns the text of `lock`: keys sorted by code unit, one fact a line. Equal locks give equal
 * bytes, whatever the order in which they were put together.
 */
export function writeLockfile(lock: Lockfile): string {
  const lines = [`${HEADER}lockfileVersion: ${LOCKFILE_VERSION}`];
  lines.push(lock.images.size === 0 ? 'images: {}' : 'images:');
  for (const [name, image] of sorted(lock.images)) lines.push(...imageLines(name, image));
  return `${lines.join('\n')}\n`;
}

function imageLines(name: string, image: LockedImage): string[] {
  const lines = [
    `  ${name}:`,
    `    requirement: ${image.requirement}`,
    `    resolved: ${image.resolved}`,
    `    digest: ${image.digest}`,
  ];
  if (image.signedBy !== undefined) lines.push(`    signedBy: ${image.signedBy}`);
  lines.push('    platforms:');
  for (const [platform, { manifest, root }] of sorted(image.platforms)) {
    lines.push(`      ${platform}:`, `        manifest: ${manifest}`);
    if (root !== undefined) lines.push(`        root: ${root}`);
  }
  return lines;
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
