import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import { parseCid } from '../compare/version-name.js';
import { readProjectIfPresent } from '../project-file/project-directory.js';
import { findBlock, findPath, type ContentPlaces, type FoundContent } from './find-content.js';

/** Why something is on this machine; `mono why --json` prints it. */
export interface Explanation {
  /** what was asked about */
  readonly subject: string;
  readonly reasons: readonly Reason[];
  /** files that a path or a block stands for */
  readonly contents: readonly ImageContent[];
}

/** A file of an image that a project names. */
export interface ImageContent extends FoundContent, Omit<Reason, 'role'> {}

/** One image of one project that needs the subject. */
export interface Reason {
  /** what the subject is to the image */
  readonly role: 'name' | 'index' | 'manifest' | 'configuration' | 'layer' | 'diffID' | 'root';
  readonly directory: string;
  readonly image: string;
  readonly requirement: string;
  readonly resolved: string;
  readonly platform: string;
}

/** Where reasons are looked for. */
export interface ExplainPlaces extends ContentPlaces {
  /** of the projects to look at */
  readonly directories: readonly string[];
  readonly images: readonly CatalogImage[];
}

/**
 * Returns which images of which projects need `subject`: the name of an image, the digest of an
 * index, manifest, configuration or layer, a diffID, the CID of a root, an absolute path in an
 * image, or the CID of a file's content or of a piece of it.
 *
 * @throws {MonoError} `IMAGE_NOT_FOUND` when none does; `FS_PATH_INVALID`; as `readProject`
 */
export async function explain(subject: string, places: ExplainPlaces): Promise<Explanation> {
  const { directories, images } = places;
  const installed = new Map(images.map((image) => [image.manifest.digest, image]));
  const reasons: Reason[] = [];
  const needs: InstalledNeed[] = [];
  for (const directory of directories) {
    const project = await readProjectIfPresent(directory);
    for (const [image, locked] of project?.lock.images ?? []) {
      for (const [platform, { manifest, root }] of locked.platforms) {
        const found = installed.get(manifest);
        const { requirement, resolved } = locked;
        const need = { directory, image, requirement, resolved, platform };
        if (found) needs.push({ need, found });
        const names = { name: image, index: locked.digest, manifest, root };
        const role = roleOf(subject, names) ?? partOf(subject, found);
        if (role) reasons.push({ role, ...need });
      }
    }
  }
  const contents = reasons.length > 0 ? [] : await contentsOf(subject, needs, places);
  if (reasons.length + contents.length > 0) return { subject, reasons, contents };
  throw new MonoError(
    'IMAGE_NOT_FOUND',
    `Cannot find \`${redact(subject)}\` in any lockfile known to this machine`,
    { details: { subject: redact(subject) }, hint: 'What nothing needs is removed by `mono gc`.' },
  );
}

/** A platform of a locked image that is installed. */
interface InstalledNeed {
  readonly need: Omit<Reason, 'role'>;
  readonly found: CatalogImage;
}

async function contentsOf(
  subject: string,
  needs: readonly InstalledNeed[],
  places: ContentPlaces,
): Promise<ImageContent[]> {
  const cid = parseCid(subject);
  const contents: ImageContent[] = [];
  for (const { need, found } of needs) {
    const path = subject.startsWith('/') ? await findPath(subject, found, places) : undefined;
    const files = cid ? await findBlock(cid, found, places) : [];
    for (const file of path ? [path] : files) contents.push({ ...need, ...file });
  }
  return contents;
}

function roleOf(
  subject: string,
  names: Readonly<Record<'name' | 'index' | 'manifest', string> & { root: string | undefined }>,
): Reason['role'] | undefined {
  if (subject === names.name) return 'name';
  if (subject === names.manifest) return 'manifest';
  if (subject === names.index) return 'index';
  return subject === names.root ? 'root' : undefined;
}

function partOf(subject: string, image: CatalogImage | undefined): Reason['role'] | undefined {
  if (!image) return undefined;
  if (subject === image.config.digest) return 'configuration';
  if (subject === image.root.toString()) return 'root';
  if (image.layers.some(({ digest }) => digest === subject)) return 'layer';
  return image.layers.some(({ diffId }) => diffId === subject) ? 'diffID' : undefined;
}
