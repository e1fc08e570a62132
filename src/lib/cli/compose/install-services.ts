import type { InstallEvent } from '../../project/install/install.js';
import type { ImageServices } from '../../project/run/prepare-run.js';
import type { Platform } from '../../registry/platform.js';
import type { SignatureFinder } from '../../registry/signature/signature-gate.js';
import type { Context } from '../context.js';

/** Returns what installing works with; each part is loaded when the install comes to it. */
export function installServices(
  context: Context,
  onEvent: (event: InstallEvent) => void,
  platform?: Platform,
): ImageServices {
  return {
    signal: context.signal,
    onEvent,
    builtRoot: (manifest) => context.builtRoot(manifest),
    ...context.saveServices(),
    resolver: (policy) => context.resolver(platform, policy),
    puller: async (wish) => {
      const { imagePuller } = await import('./image-puller.js');
      return imagePuller(context, wish);
    },
    prepare: async (root) => {
      await context.rootDisk(root);
    },
    signerOf: async (image, { offline }) => {
      const { openSignatureGate } = await import('./open-signature-gate.js');
      const gate = openSignatureGate(await context.userConfig(), context.directories.data);
      const signature = await gate?.check(image, offline ? undefined : signatureFinder(context));
      return signature?.key.fingerprint;
    },
    imageDefaults: async (manifest) => {
      const { imageDefaults } = await import('./installed-image.js');
      return imageDefaults(await context.openedImages(), manifest);
    },
    remember: async (directory) => {
      const { openKnownProjects } = await import('../../project/known-projects.js');
      const projects = openKnownProjects(context.directories.data);
      projects.add(directory);
      projects.close();
    },
  };
}

function signatureFinder(context: Context): SignatureFinder {
  return async (image, demand) => {
    const client = await context.registryClient();
    return client.verifyImage(image, demand, { signal: context.signal });
  };
}
