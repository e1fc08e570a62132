import { randomBytes } from 'node:crypto';
import { ioError } from '../../io/io-error.js';
import type { AppendFile, PackFiles } from './pack-files.js';
import { encodeHeader, PACK_ID_BYTES, type PackForm } from './pack-format.js';
import type { PackIndex } from './index/pack-index.js';
import type { PackRow } from './index/pack-table.js';
import type { OwnedPack } from './pack-writer.js';

/** What opening packs needs. */
export interface PackOpenerOptions {
  readonly files: PackFiles;
  readonly index: PackIndex;
  readonly packLimitBytes: number;
  /** row of the session that will own the packs */
  readonly session: () => number;
}

/**
 * Opens a pack of this form to append to, which the session then owns: one that nobody appends to and
 * that has room for `segmentBytes`, or else a new one. What a crash left behind the committed end of
 * an old pack is cut off.
 *
 * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
 */
export async function openPack(
  options: PackOpenerOptions,
  form: PackForm,
  segmentBytes: number,
): Promise<OwnedPack> {
  const sizeLimit = options.packLimitBytes - segmentBytes;
  for (;;) {
    const row = options.index.packs.adopt(form, sizeLimit, options.session());
    if (!row) return createPack(options, form);
    const adopted = await adopt(options, row);
    if (adopted) return adopted;
  }
}

/**
 * Opens a new pack of this form that the session owns. Its row is committed only once the file and its
 * name are durable.
 *
 * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
 */
export async function createPack(options: PackOpenerOptions, form: PackForm): Promise<OwnedPack> {
  const { files, index } = options;
  const id = randomBytes(PACK_ID_BYTES).toString('hex');
  const header = { ...form, id };
  const bytes = encodeHeader(header);
  let file: AppendFile | undefined;
  try {
    file = await files.create(id);
    await file.write(bytes, 0);
    await file.sync();
    await files.syncNames();
    const pack = index.packs.add(header, { size: bytes.length, session: options.session() });
    return { pack, id, file, endBytes: bytes.length };
  } catch (error) {
    await file?.close();
    throw ioError(error, 'create the pack', files.pathOf(id));
  }
}

/**
 * Returns the pack ready for the next segment, or `undefined` when its file is missing or shorter
 * than the index says. Such a pack stays owned until the session ends, so it is not met again.
 */
async function adopt(options: PackOpenerOptions, row: PackRow): Promise<OwnedPack | undefined> {
  const { files } = options;
  let file: AppendFile | undefined;
  try {
    file = await files.open(row.id);
    const fileBytes = await file.sizeBytes();
    if (fileBytes < row.size) {
      await file.close();
      return undefined;
    }
    if (fileBytes > row.size) await file.truncate(row.size);
    return { pack: row.pack, id: row.id, file, endBytes: row.size };
  } catch (error) {
    await file?.close();
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw ioError(error, 'open the pack', files.pathOf(row.id));
  }
}
