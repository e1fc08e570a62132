import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeOciLayout } from '../../test/support/oci-layout.js';
import { writeTar, type TarItem } from '../../test/support/tar-writer.js';
import { pieceOfNoise } from './piece-of-noise.js';

/** How many files the images have; each of them is the base with its own changes above. */
export interface GrowthShape {
  readonly baseFiles: number;
  /** files of the base that an image replaces */
  readonly changedFiles: number;
  /** files that an image alone has */
  readonly addedFiles: number;
}

/** A small distribution, and an application that touches a hundredth of it. */
export const GROWTH_SHAPE: GrowthShape = { baseFiles: 3000, changedFiles: 20, addedFiles: 10 };

const FILES_PER_DIRECTORY = 60;
/** Sizes go up to this many bytes: most files of a distribution are small. */
const LARGEST_FILE_BYTES = 8 * 1024;

/** Returns a function that writes the image of this number as an OCI layout, tagged `1.0.0`. */
export function growthImages(
  shape: GrowthShape,
): (index: number, directory: string) => Promise<void> {
  const tar = layer(shape.baseFiles, (file) => ({ path: pathOf(file), seed: `base ${file}` }));
  const base = { tar, blob: gzipSync(tar) }; // compressed once for all images
  return async (index, directory) => {
    const own = layer(shape.changedFiles + shape.addedFiles, (file) => ownFile(index, file, shape));
    await writeOciLayout(directory, { layers: [base, own] }, { tag: '1.0.0' });
  };
}

/** Replaced files are spread over the base, other ones in each image, some of them in several. */
function ownFile(index: number, file: number, shape: GrowthShape) {
  const seed = `image ${index} file ${file}`;
  if (file >= shape.changedFiles) return { path: join('opt', `app-${index}`, `${file}`), seed };
  return { path: pathOf((index * 37 + file * 101) % shape.baseFiles), seed };
}

function layer(files: number, describe: (file: number) => { path: string; seed: string }) {
  const items = Array.from({ length: files }, (_, file): TarItem => {
    const { path, seed } = describe(file);
    return { name: path, content: pieceOfNoise(seed, LARGEST_FILE_BYTES) };
  });
  return writeTar(items);
}

function pathOf(file: number): string {
  return join('usr/share', `d${Math.floor(file / FILES_PER_DIRECTORY)}`, `f${file}`);
}
