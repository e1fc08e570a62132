import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import { isMonoError } from '../../errors.js';
import type { InspectServices, SignatureInspection } from '../../project/inspect/inspect.js';
import { openKnownProjects } from '../../project/known-projects.js';
import { signatureRuleFor } from '../../project/policy/signature-rules.js';
import { formatRepository } from '../../registry/reference.js';
import type { SignedImage } from '../../registry/signature/signature-gate.js';
import type { Context } from '../context.js';
import { readImageConfig } from './installed-image.js';

/** Returns what inspecting asks of the store. */
export function inspectServices(context: Context, platform?: string): InspectServices {
  return {
    platform: context.platform(platform),
    findImage: async (manifest) => (await context.openedImages()).catalog.findImage(manifest),
    signatureOf: async (image) => inspectSignature(context, image),
    readConfig: async (image) => readImageConfig(await context.openedImages(), image),
  };
}

async function inspectSignature(
  context: Context,
  image: SignedImage,
): Promise<SignatureInspection | null> {
  const config = await context.userConfig();
  const rule = signatureRuleFor(config.signatures ?? [], formatRepository(image.reference));
  if (!rule) return null;
  const { openSignatureGate } = await import('./open-signature-gate.js');
  try {
    const signature = await openSignatureGate(config, context.directories.data)?.check(image);
    if (!signature) return null;
    const { format, manifest } = signature.evidence;
    const verified = { key: signature.key.fingerprint, format, manifest };
    return { requiredBy: rule.pattern, verified };
  } catch (error) {
    if (!isMonoError(error, 'SIGNATURE_INVALID')) throw error;
    return { requiredBy: rule.pattern, verified: null };
  }
}

/** Returns the projects of this machine and all images in the store. */
export async function knownImages(
  context: Context,
): Promise<{ projects: readonly string[]; images: readonly CatalogImage[] }> {
  const known = openKnownProjects(context.directories.data);
  const projects = known.list();
  known.close();
  return { projects, images: (await context.openedImages()).catalog.listImages() };
}
