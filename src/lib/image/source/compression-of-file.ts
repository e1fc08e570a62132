import { archiveInvalid } from '../archive/archive-errors.js';
import type { ByteFile } from '../archive/byte-file.js';

const GZIP_MAGIC = '1f8b';
const ZSTD_MAGIC = '28b52ffd';

/**
 * Returns how a file is compressed, by its first bytes.
 *
 * @throws {MonoError} `ARCHIVE_INVALID` for zstd, which nothing inflates twice in bounded time
 */
export async function compressionOfFile(file: ByteFile): Promise<'none' | 'gzip'> {
  const magic = Buffer.from(await file.read(0, 4)).toString('hex');
  if (magic === ZSTD_MAGIC) {
    throw archiveInvalid(file.path, 'archives of images are read plain or gzipped, not with zstd');
  }
  return magic.startsWith(GZIP_MAGIC) ? 'gzip' : 'none';
}
