import { resolve } from 'node:path';
import type { Platform } from '../../registry/platform.js';
import type { IpldStore } from '../../store/ipld-store.js';
import { openByteFile, type ByteFile } from '../archive/byte-file.js';
import { openDockerArchive } from '../archive/docker-content.js';
import { openDirectoryFiles, type FileSet } from '../archive/file-set.js';
import type { ImageContent } from '../archive/image-content.js';
import { openLayout } from '../archive/layout-content.js';
import { openTarMembers } from '../archive/tar-members.js';
import { compressionOfFile } from './compression-of-file.js';
import type { ImageSource } from './image-source.js';
import { openCar } from './open-car.js';

/** What sources are opened with. */
export interface SourceServices {
  /** where relative paths start */
  readonly directory: string;
  /** Returns where the blocks of a CAR file go. */
  store(): Promise<IpldStore>;
  /** what a tree that does not say is for */
  readonly platform: Platform;
}

/**
 * Opens the file or directory that `source` names. Documents are read, layers are not.
 *
 * @throws {MonoError} `IO_FAILED`, `ARCHIVE_INVALID`, `CAR_INVALID`, `IMAGE_CONFIG_INVALID`; for CAR
 *   files as `importCar`
 */
export async function openImageSource(
  source: Pick<ImageSource, 'transport' | 'path'>,
  services: SourceServices,
): Promise<ImageContent> {
  const path = resolve(services.directory, source.path);
  switch (source.transport) {
    case 'oci':
      return openLayout(openDirectoryFiles(path));
    case 'oci-archive':
      return openMembers(path, openLayout);
    case 'docker-archive':
      return openMembers(path, openDockerArchive);
    case 'car':
      return withFile(path, (file) => openCar(file, services));
  }
}

async function openMembers(
  path: string,
  open: (files: FileSet) => Promise<ImageContent>,
): Promise<ImageContent> {
  return withFile(path, async (file) =>
    open(await openTarMembers(file, await compressionOfFile(file))),
  );
}

/** Who opens the content closes the file with it; when that fails the file is closed here. */
async function withFile(
  path: string,
  open: (file: ByteFile) => Promise<ImageContent>,
): Promise<ImageContent> {
  const file = await openByteFile(path);
  try {
    return await open(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}
