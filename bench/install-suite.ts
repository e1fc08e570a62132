import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addedBytes } from './added-bytes.js';
import type { Contest } from './contest.js';
import { execTrue } from './exec-contests.js';
import { coldInstall, materialising, noOpInstall, warmInstall } from './install-contests.js';
import { installedSizes } from './installed-size.js';
import { startAgain } from './restart-contests.js';
import { runTrue } from './run-contests.js';
import { sandboxMemory } from './sandbox-memory.js';
import { firstOutput, startUp } from './start-contests.js';
import { uniqueContentBytes } from './unique-content.js';

/** What the install suite needs to know. */
export interface InstallSuiteSetting {
  /** host and port of the registry that serves the images */
  readonly registry: string;
  /** names and tags in `library/` */
  readonly images: readonly string[];
  /** directory with the images as tar files, as `bench/images` leaves it */
  readonly trees: string | undefined;
  readonly scratch: string;
  readonly cache: string;
}

/** Two versions of one image that have most of their files in common. */
const RELATED = ['dev:1.0.0', 'dev:1.1.0'] as const;
const MIB = 1024 * 1024;

/** Yields the contests of every image. */
export function* installContests(setting: InstallSuiteSetting): Generator<() => Contest> {
  const { scratch, cache } = setting;
  yield () => startUp(setting);
  for (const name of setting.images) {
    const one = { image: referenceOf(name, setting), scratch, cache };
    yield () => coldInstall(one);
    yield () => warmInstall(one);
    yield () => materialising(one);
    yield () => noOpInstall(one);
    yield () => firstOutput(one);
    yield () => runTrue(one);
    yield* execTrue(one);
    yield* startAgain(one);
  }
}

/**
 * Returns what lies on disk after the related images and what the second one added (where the first
 * of them takes part), what a detached sandbox takes of the host's memory, and how much unique content
 * each image has (where its tree is at hand).
 */
export async function installFigures(setting: InstallSuiteSetting) {
  const { images, trees, scratch, cache } = setting;
  const related = RELATED.map((name) => referenceOf(name, setting));
  const sizes = images.includes(RELATED[0])
    ? installedSizes({ images: related, scratch, cache })
    : [];
  const added = images.includes(RELATED[0]) ? addedBytes({ images: related, scratch }) : undefined;
  const uniqueMib: Record<string, number> = {};
  for (const name of trees === undefined ? [] : images) {
    const archive = join(trees!, `${name.replace(':', '-')}.tar`);
    if (existsSync(archive)) uniqueMib[name] = (await uniqueContentBytes(archive)) / MIB;
  }
  console.table(
    sizes.map(({ name, mib }) => ({ name, [RELATED[0]]: mib[0], 'and 1.1.0': mib[1] })),
  );
  console.table(uniqueMib);
  const memory = sandboxMemory({ image: referenceOf(images[0]!, setting), scratch, cache });
  console.table(memory);
  console.table(added);
  return { sizes, memory, uniqueMib, added };
}

function referenceOf(name: string, { registry }: InstallSuiteSetting): string {
  return `${registry}/library/${name}`;
}
