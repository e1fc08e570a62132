import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import { layoutFiles } from '../../image/push/layout-files.js';
import { writeLayoutArchive, writeLayoutDirectory } from '../../image/push/write-layout.js';
import { writeFileAtomic } from '../../io/atomic-file.js';
import { writeDirectory } from '../../rootfs/directory/write-directory.js';
import { writeTar } from '../../rootfs/tar/write-tar.js';
import { writeErofsOfTree } from '../../rootfs/write-erofs-of-tree.js';
import { exportCar } from '../../store/car/car.js';
import { findTree, type FoundTree } from '../compare/find-tree.js';
import { locateImage } from './locate-image.js';
import { partsOfTree } from './parts-of-tree.js';
import type { TransferOptions, TransferServices } from './transfer-services.js';

/** What a tree can be written as. */
export const EXPORT_FORMATS = ['oci-archive', 'oci', 'tar', 'car', 'erofs', 'dir'] as const;

/** See {@link EXPORT_FORMATS}. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The codec of documents that a CAR file can hold as they are. */
const RAW = 0x55;

/** Takes the bytes of an export that is not written to a file. */
export type ByteSink = (bytes: AsyncIterable<Uint8Array>) => Promise<void>;

/** What is to be written, and where. */
export interface ExportRequest extends TransferOptions {
  /** as `findTree` takes it */
  readonly target: string;
  readonly format: ExportFormat;
  /** a path, or what takes the bytes */
  readonly output: string | ByteSink;
  /** whether entries of a directory get their owners, which takes root */
  readonly restoreOwners: boolean;
  /** what the image is called in a layout; default: the tag that it was pulled by */
  readonly name: string | undefined;
}

/** What was written; `mono export --json` prints it. */
export interface ExportReport {
  readonly target: string;
  readonly format: ExportFormat;
  /** path that was written; `null`: standard output */
  readonly output: string | null;
  /** CID of the root directory */
  readonly root: string;
  /** digest of the index or manifest in a layout; `null` for other formats */
  readonly digest: Digest | null;
  /** whether manifests and layers are those that were pulled; `null` for other formats */
  readonly exact: boolean | null;
  /** `os/architecture[/variant]` of what a layout has */
  readonly platforms: readonly string[];
  /** platforms of the index that the image was pulled by, where a layout leaves that out */
  readonly omittedPlatforms: readonly string[];
  /** entries that a directory cannot have here: devices, FIFOs, sockets; 0 for other formats */
  readonly omittedEntries: number;
}

/**
 * Writes an image or version as a file, directory or stream.
 *
 * @throws {MonoError} `USAGE_INVALID` for a stream of what is none; `EXPORT_NOT_EXACT`,
 *   `ROOTFS_LIMIT`; as `findTree`, and as what writes
 */
export async function exportTree(
  services: TransferServices,
  request: ExportRequest,
): Promise<ExportReport> {
  const found = await findTree(request.target, services.places);
  const { target, format, output } = request;
  const report = {
    ...{ target, format, output: typeof output === 'string' ? output : null },
    ...{ root: found.root.toString(), digest: null, exact: null },
    ...{ platforms: [], omittedPlatforms: [], omittedEntries: 0 },
  };
  switch (format) {
    case 'oci':
    case 'oci-archive':
      return { ...report, ...(await exportLayout(services, found, request)) };
    case 'tar':
      await put(request, writeTar(services.store, found.root));
      return report;
    case 'car':
      await put(request, exportCar(services.store, await carRoots(services, found)));
      return report;
    case 'erofs':
      await writeErofsOfTree({ ...services, root: found.root, path: pathOf(request) });
      return report;
    case 'dir':
      return { ...report, ...(await exportDirectory(services, found, directoryOf(request))) };
  }
}

async function exportLayout(
  services: TransferServices,
  found: FoundTree,
  request: ExportRequest,
): Promise<Pick<ExportReport, 'digest' | 'exact' | 'platforms' | 'omittedPlatforms'>> {
  const { signal } = services;
  const { parts, located, isExact } = await partsOfTree(services, found, request);
  const files = layoutFiles(parts, request.name ?? located?.reference?.tag);
  if (request.format === 'oci')
    await writeLayoutDirectory(files, { path: pathOf(request), signal });
  else await put(request, writeLayoutArchive(files, signal));
  const { top, platforms, omittedPlatforms } = parts;
  return { digest: top.digest, exact: isExact, platforms, omittedPlatforms };
}

/** The tree or version, and behind it how it is run. */
async function carRoots(
  { places }: TransferServices,
  found: FoundTree,
): Promise<[FoundTree['root'], ...FoundTree['root'][]]> {
  const located = await locateImage(found, places);
  const config = located?.image.config.cid;
  const first = found.version ?? found.root;
  return config?.code === RAW ? [first, config] : [first];
}

async function exportDirectory(
  { store, signal }: TransferServices,
  { root }: FoundTree,
  { path, restoreOwners }: { readonly path: string; readonly restoreOwners: boolean },
): Promise<Pick<ExportReport, 'omittedEntries'>> {
  const options = { path, restoreOwners, signal };
  const { omittedEntries } = await writeDirectory(store, root, options);
  return { omittedEntries };
}

async function put({ output }: ExportRequest, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  if (typeof output === 'string') await writeFileAtomic(output, bytes);
  else await output(bytes);
}

function directoryOf(request: ExportRequest): { path: string; restoreOwners: boolean } {
  return { path: pathOf(request), restoreOwners: request.restoreOwners };
}

function pathOf({ output, format }: ExportRequest): string {
  if (typeof output === 'string') return output;
  throw new MonoError('USAGE_INVALID', `Cannot write \`${format}\` to standard output`, {
    hint: 'Name a file with `-o`, or choose `oci-archive`, `tar` or `car`.',
  });
}
