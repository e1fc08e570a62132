import { join } from 'node:path';
import { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import { sharedDownloads } from '../../image/pull/download/shared-downloads.js';
import { pullImage } from '../../image/pull/pull-image.js';
import type { PullProgress } from '../../image/pull/pull-progress.js';
import { sourceOfReference } from '../../image/source/image-source.js';
import type { ImagePuller, PullAdvance } from '../../project/install/install.js';
import type { UserConfig } from '../../project/user-config.js';
import type { RegistryClient } from '../../registry/client.js';
import { parsePlatform } from '../../registry/platform.js';
import type { Directories } from '../directories.js';
import { limitYoungHeap } from '../program/limit-young-heap.js';
import type { ImageStore } from './image-store.js';

/** What of the program's context pulling works with; the rest is opened on demand. */
export interface PullerContext {
  readonly directories: Directories;
  readonly signal: AbortSignal;
  imageStore(access: 'writing'): Promise<ImageStore>;
  registryClient(): Promise<RegistryClient>;
  userConfig(): Promise<UserConfig>;
}

/**
 * Returns what pulls the images of an install. Whether blobs are kept is said by the wish, else by the
 * user's configuration.
 */
export async function imagePuller(
  context: PullerContext,
  wish: { readonly keepBlobs?: boolean | undefined } = {},
): Promise<ImagePuller> {
  limitYoungHeap();
  const { store, catalog } = await context.imageStore('writing');
  const registry = await context.registryClient();
  const { keepBlobs = false } = await context.userConfig();
  const parts = { store, catalog, registry, keepExact: wish.keepBlobs ?? keepBlobs };
  const shared = sharedDownloads(join(context.directories.cache, 'downloads'));
  return {
    async pull({ reference, manifest, platform, root }, { onAdvance }) {
      // What is in a file of this machine is not worth a copy of what was read so far.
      const downloads = sourceOfReference(reference) ? undefined : shared;
      const pulled = await pullImage(
        { ...parts, downloads },
        {
          reference,
          platform: parsePlatform(platform),
          expected: {
            manifestDigest: manifest,
            root: root === undefined ? undefined : CID.parse(root),
          },
          signal: context.signal,
          onProgress: advanceOf(onAdvance),
        },
      );
      const { fetchedBytes, reusedBytes } = pulled.sizes;
      return { root: pulled.root.toString(), fetchedBytes, reusedBytes };
    },
  };
}

/** Sums the layers of one pull up. */
function advanceOf(onAdvance: (advance: PullAdvance) => void): (event: PullProgress) => void {
  const received = new Map<Digest, number>();
  let totalBytes = 0;
  return (event) => {
    if (event.type === 'planned') totalBytes = event.plan.fetchBytes;
    else if (event.type === 'layerReceived') received.set(event.digest, event.receivedBytes);
    else return;
    const fetchedBytes = [...received.values()].reduce((sum, bytes) => sum + bytes, 0);
    onAdvance({ fetchedBytes, totalBytes });
  };
}
