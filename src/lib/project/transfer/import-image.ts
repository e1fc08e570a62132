import type { Digest } from '../../base/digest.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { commitVersion } from '../../fs/version/version.js';
import type { ImageCatalog } from '../../image/catalog/image-catalog.js';
import { pullImage, type PulledImage } from '../../image/pull/pull-image.js';
import { openAnySource, type AnySource } from '../../image/source/open-any-source.js';
import type { SniffedSource } from '../../image/source/sniff-source.js';
import { clientOfContent } from '../../image/source/client-of-content.js';
import type { Platform } from '../../registry/platform.js';
import type { IpldStore } from '../../store/ipld-store.js';
import type { MergeServices } from '../compare/merge-versions.js';
import { isVersionName, VERSION_NAME_RULE } from '../compare/version-name.js';

/** What an import works with. */
export interface ImportServices extends Pick<MergeServices, 'keep'> {
  readonly store: IpldStore;
  readonly catalog: ImageCatalog;
  readonly signal: AbortSignal;
}

/** What is to be imported. */
export interface ImportRequest {
  /** a file or directory */
  readonly path: string;
  /** which of the images in it; absent: the only one */
  readonly tag: string | undefined;
  /** name of the version that the image becomes */
  readonly name: string;
  /** names of images, which hide versions of the same name */
  readonly takenNames: readonly string[];
  /** of the image, where there are several; what a filesystem without an image is for */
  readonly platform: Platform;
}

/** What was imported; `mono import --json` prints it. */
export interface ImportReport {
  readonly name: string;
  /** what the file or directory turned out to be; `tree`: a filesystem without an image */
  readonly kind: SniffedSource;
  /** CID of the version that keeps the image */
  readonly version: string;
  /** CID of the root directory */
  readonly root: string;
  /** digest of the index, if it came with one; else of the manifest */
  readonly digest: Digest;
  readonly manifest: Digest;
  readonly layers: readonly Digest[];
  /** the other version that had the name before; `null` when none had */
  readonly replaced: string | null;
}

/**
 * Stores what a file or directory holds, as an image and as a version with a name. An archive of
 * images keeps its manifest; one is made for a filesystem without.
 *
 * @throws {MonoError} `USAGE_INVALID`, `IMAGE_NAME_TAKEN`; as `openAnySource` and `pullImage`
 */
export async function importImage(
  services: ImportServices,
  request: ImportRequest,
): Promise<ImportReport> {
  const { store } = services;
  const { name, platform, path } = request;
  checkName(request);
  const source = await openAnySource(path, {
    directory: '/',
    platform,
    store: () => Promise.resolve(store),
  });
  try {
    const image = await pullContent(services, source, request);
    const version = await commitVersion(store, {
      root: image.root,
      previous: [],
      source: `${source.kind}@${image.manifestDigest}`,
    });
    await store.flush();
    const replaced = await services.keep(name, version);
    return {
      ...{ name, kind: source.kind, version: version.toString(), root: image.root.toString() },
      digest: image.indexDigest ?? image.manifestDigest,
      manifest: image.manifestDigest,
      layers: image.layers.map(({ digest }) => digest),
      replaced: replaced?.toString() ?? null,
    };
  } finally {
    await source.content.close();
  }
}

/** The file may be gone tomorrow: what is exported then is to be what came today. */
async function pullContent(
  { store, catalog, signal }: ImportServices,
  { content }: AnySource,
  { platform, tag }: ImportRequest,
): Promise<PulledImage> {
  const context = { registry: clientOfContent(content), store, catalog, keepExact: true };
  // Only messages show it: there is nothing else to call a file that need not have a usable name.
  const reference = { registry: 'import:.', repository: 'image', ...(tag ? { tag } : {}) };
  return pullImage(context, { reference, platform, signal });
}

function checkName({ name, takenNames }: ImportRequest): void {
  const shown = redact(name);
  if (!isVersionName(name)) {
    throw new MonoError('USAGE_INVALID', `Cannot use \`${shown}\` as the name of a version`, {
      hint: VERSION_NAME_RULE,
    });
  }
  if (!takenNames.includes(name)) return;
  throw new MonoError(
    'IMAGE_NAME_TAKEN',
    `Cannot import as \`${shown}\`: an image of the project has that name`,
    { details: { name: shown }, hint: 'Choose another name with `--name`.' },
  );
}
