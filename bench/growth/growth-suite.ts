import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { allocatedBytes } from '../allocated-bytes.js';
import { execute, measure, type Measurement } from '../measure.js';
import { summarise, type Summary } from '../statistics.js';
import { workspace, type Workspace } from '../workspace.js';
import { GROWTH_SHAPE, growthImages, type GrowthShape } from './growth-images.js';

/** What {@link measureGrowth} needs to know. */
export interface GrowthSetting {
  readonly scratch: string;
  /** numbers of installed images at which everything is measured, rising */
  readonly counts: readonly number[];
  readonly rounds: number;
  /** default {@link GROWTH_SHAPE} */
  readonly shape?: GrowthShape;
  /** called with each stage as it is reached */
  readonly onStage: (stage: GrowthStage) => void;
}

/** What everything costs while a project has this many images. */
export interface GrowthStage {
  readonly images: number;
  readonly commands: Readonly<Record<string, Summary>>;
  readonly indexMib: number;
  /** all of `MONO_HOME` */
  readonly diskMib: number;
}

/** So many images are installed by one command on the way to the next stage. */
const IMAGES_PER_INSTALL = 10;
/** Images that are there for a moment only have numbers from so many times the stage's own. */
const EXTRA_NUMBERS = 10_000;
const MIB = 1024 * 1024;

/** What is asked of a store that stays as it is. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'no-op': ['install'],
  gc: ['gc', '--dry-run'],
  du: ['du'],
  'verify-one': ['verify', 'image-1'],
  verify: ['verify'],
};

/** Installs more and more images into one store and one project, and measures at each stage. */
export async function measureGrowth(setting: GrowthSetting): Promise<GrowthStage[]> {
  const own = workspace(setting.scratch, 'growth');
  own.reset();
  const ground: Ground = {
    own,
    rounds: setting.rounds,
    writeImage: growthImages(setting.shape ?? GROWTH_SHAPE),
  };
  const stages: GrowthStage[] = [];
  let installed = 0;
  for (const images of setting.counts) {
    for (; installed < images; installed = Math.min(images, installed + IMAGES_PER_INSTALL)) {
      const upTo = Math.min(images, installed + IMAGES_PER_INSTALL);
      await install(ground, numbersBetween(installed, upTo));
    }
    const stage = { images, ...(await measureStage(ground, images)) };
    stages.push(stage);
    setting.onStage(stage);
  }
  return stages;
}

/** What every step of the suite works with. */
interface Ground {
  readonly own: Workspace;
  readonly rounds: number;
  readonly writeImage: ReturnType<typeof growthImages>;
}

/** Installs these images with one command, and returns what that took. */
async function install({ own, writeImage }: Ground, numbers: readonly number[]) {
  const names = numbers.map((number) => `image-${number}`);
  for (const number of numbers) await writeImage(number, join(own.project, `image-${number}`));
  const cost = measure(own.mono('install', ...names.map((name) => `oci:./${name}:1.0.0`)));
  for (const name of names) rmSync(join(own.project, name), { recursive: true });
  return cost;
}

async function measureStage(ground: Ground, images: number) {
  const { own, rounds } = ground;
  const commands: Record<string, Summary> = await oneMore(ground, images);
  for (const [name, argv] of Object.entries(COMMANDS)) {
    execute(own.mono(...argv)); // leaves what the next one finds: a stamp, a page cache
    const runs = Array.from({ length: rounds }, () => measure(own.mono(...argv)));
    commands[name] = summarise(runs);
  }
  return {
    commands,
    indexMib: statSync(join(own.home, 'store/index.db')).size / MIB,
    diskMib: allocatedBytes(own.home) / MIB,
  };
}

/**
 * Installs one image more, compares it with another one, and removes it from the project: a new one
 * each time, as only the first install of an image has something to do.
 */
async function oneMore(ground: Ground, images: number) {
  const { own, rounds } = ground;
  const installs: Measurement[] = [];
  const comparisons: Measurement[] = [];
  for (let round = 0; round < rounds; round++) {
    const number = images * EXTRA_NUMBERS + round;
    installs.push(await install(ground, [number]));
    comparisons.push(measure(own.mono('diff', 'image-1', `image-${number}`)));
    execute(own.mono('remove', `image-${number}`));
  }
  return { install: summarise(installs), diff: summarise(comparisons) };
}

/** Returns the numbers above `from` up to `to`. */
function numbersBetween(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + 1 + index);
}
