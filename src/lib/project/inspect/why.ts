import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import { readProjectIfPresent } from '../project-file/project-directory.js';

/** Why something is on this machine; `mono why --json` prints it. */
export interface Explanation {
  /** what was asked about */
  readonly subject: string;
  readonly reasons: readonly Reason[];
}

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

/**
 * Returns which images of which projects need `subject`: the name of an image, the digest of an
 * index, manifest, configuration or layer, a diffID, or the CID of a root.
 *
 * @param directories of the projects to look at
 * @throws {MonoError} `IMAGE_NOT_FOUND` when none does; as `readProject`
 */
export async function explain(
  subject: string,
  directories: readonly string[],
  images: readonly CatalogImage[],
): Promise<Explanation> {
  const installed = new Map(images.map((image) => [image.manifest.digest, image]));
  const reasons: Reason[] = [];
  for (const directory of directories) {
    const project = await readProjectIfPresent(directory);
    for (const [image, locked] of project?.lock.images ?? []) {
      for (const [platform, { manifest, root }] of locked.platforms) {
        const names = { name: image, index: locked.digest, manifest, root };
        const role = roleOf(subject, names) ?? partOf(subject, installed.get(manifest));
        if (!role) continue;
        const { requirement, resolved } = locked;
        reasons.push({ role, directory, image, requirement, resolved, platform });
      }
    }
  }
  if (reasons.length > 0) return { subject, reasons };
  throw new MonoError(
    'IMAGE_NOT_FOUND',
    `Cannot find \`${redact(subject)}\` in any lockfile known to this machine`,
    { details: { subject: redact(subject) }, hint: 'What nothing needs is removed by `mono gc`.' },
  );
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
