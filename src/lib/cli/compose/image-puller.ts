import { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import { sharedDownloads } from '../../image/pull/download/shared-downloads.js';
import { pullImage } from '../../image/pull/pull-image.js';
import type { PullContext } from '../../image/pull/pull-context.js';
import type { PullProgress } from '../../image/pull/pull-progress.js';
import { sourceOfReference } from '../../image/source/image-source.js';
import type { ImagePuller, PullAdvance } from '../../project/install/install.js';
import { parsePlatform } from '../../registry/platform.js';

/** What the images of an install are pulled with. */
export interface PullerParts extends Omit<PullContext, 'downloads'> {
  /** shared by all processes that may want the same blobs */
  readonly downloadsDirectory: string;
}

/** Returns what pulls the images of an install with the store and registries of `parts`. */
export function imagePuller(parts: PullerParts, signal: AbortSignal): ImagePuller {
  const shared = sharedDownloads(parts.downloadsDirectory);
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
          signal,
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
