import { stat } from 'node:fs/promises';
import { importDirectory } from '../../fs/import/import-directory.js';
import { ioError } from '../../io/io-error.js';
import { writeTar } from '../../rootfs/tar/write-tar.js';
import { openByteFile, type ByteFile } from '../archive/byte-file.js';
import type { ImageContent } from '../archive/image-content.js';
import { openOneLayer } from '../archive/one-layer-content.js';
import { openImageSource, type SourceServices } from './open-image-source.js';
import {
  layerCompressionOf,
  sniffDirectory,
  sniffFile,
  type SniffedSource,
} from './sniff-source.js';

/** Something that images are read from, and what it turned out to be. */
export interface AnySource {
  readonly kind: SniffedSource;
  readonly content: ImageContent;
}

/**
 * Opens whatever is at `path`: a layout, an archive of images, a CAR file, or, as an image of one
 * layer, a tar archive or a directory that holds a filesystem.
 *
 * @throws {MonoError} `IO_FAILED`; as `openImageSource`, `importDirectory` and `openOneLayer`
 */
export async function openAnySource(path: string, services: SourceServices): Promise<AnySource> {
  if (await isDirectory(path)) {
    const kind = await sniffDirectory(path);
    if (kind === 'tree') return { kind, content: await openTree(path, services) };
    return { kind, content: await openImageSource({ transport: kind, path }, services) };
  }
  const file = await openByteFile(path);
  try {
    const kind = await sniffFile(file);
    if (kind === 'tree') return { kind, content: await openArchiveOfTree(file, services) };
    await file.close();
    return { kind, content: await openImageSource({ transport: kind, path }, services) };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw ioError(error, 'read', path);
  }
}

async function openTree(path: string, services: SourceServices): Promise<ImageContent> {
  const store = await services.store();
  const { root } = await importDirectory(store, { path });
  return openOneLayer({
    name: path,
    open: () => writeTar(store, root),
    compression: 'none',
    platform: services.platform,
    close: () => Promise.resolve(),
  });
}

async function openArchiveOfTree(
  file: ByteFile,
  { platform }: SourceServices,
): Promise<ImageContent> {
  return openOneLayer({
    name: file.path,
    open: () => file.stream(),
    compression: await layerCompressionOf(file),
    platform,
    close: () => file.close(),
  });
}
