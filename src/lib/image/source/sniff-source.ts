import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { textOfByteString } from '../../base/bytes.js';
import { asArchiveError } from '../archive/archive-errors.js';
import type { ByteFile } from '../archive/byte-file.js';
import { scanTar } from '../archive/scan-tar.js';
import { gunzip } from '../layer/gunzip.js';
import type { LayerCompression } from '../layer/media-type.js';
import { readTar } from '../tar/read-tar.js';
import type { SourceTransport } from './image-source.js';

/** What a file or directory turned out to be; `tree`: no image, but a filesystem. */
export type SniffedSource = SourceTransport | 'tree';

/** A header of a CAR file begins with its length, a map of two and the key `roots`. */
const CAR_HEADER = /^[^]{1,2}\xa2(?:\x65roots|\x67version)/;

const MAGICS: readonly (readonly [string, LayerCompression])[] = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
];

/** Returns what the directory at `path` is. */
export async function sniffDirectory(path: string): Promise<SniffedSource> {
  const marker = await stat(join(path, 'oci-layout')).catch(() => undefined);
  return marker?.isFile() ? 'oci' : 'tree';
}

/**
 * Returns what a file is, by its content alone: its name says nothing. A tar archive is looked
 * through up to the member that tells.
 *
 * @throws {MonoError} `ARCHIVE_INVALID`
 */
export async function sniffFile(file: ByteFile): Promise<SniffedSource> {
  const head = Buffer.from(await file.read(0, 16)).toString('latin1');
  if (CAR_HEADER.test(head)) return 'car';
  const compression = await layerCompressionOf(file);
  // Only plain and gzipped archives are read as images; under zstd there is a tree.
  if (compression === 'zstd') return 'tree';
  try {
    for await (const name of namesIn(file, compression)) {
      if (name === 'oci-layout') return 'oci-archive';
      if (name === 'manifest.json') return 'docker-archive';
    }
    return 'tree';
  } catch (error) {
    throw asArchiveError(error, file.path);
  }
}

/** Returns how a file is compressed, by its first bytes. */
export async function layerCompressionOf(file: ByteFile): Promise<LayerCompression> {
  const magic = Buffer.from(await file.read(0, 4)).toString('hex');
  return MAGICS.find(([prefix]) => magic.startsWith(prefix))?.[1] ?? 'none';
}

async function* namesIn(file: ByteFile, compression: 'none' | 'gzip'): AsyncGenerator<string> {
  if (compression === 'none') {
    for await (const { entry } of scanTar(file)) yield plainName(entry.name);
  } else {
    for await (const { name } of readTar(gunzip(file.stream()))) yield plainName(name);
  }
}

function plainName(name: Parameters<typeof textOfByteString>[0]): string {
  return textOfByteString(name).replace(/^(?:\.\/)+/, '');
}
