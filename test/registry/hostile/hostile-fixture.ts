import { afterEach } from 'vitest';
import type { Digest } from '../../../src/lib/base/digest.js';
import type { RegistryClient, RegistryClientOptions } from '../../../src/lib/registry/client.js';
import type { Descriptor } from '../../../src/lib/registry/manifest/descriptor.js';
import { parsePlatform } from '../../../src/lib/registry/platform.js';
import { parseReference } from '../../../src/lib/registry/reference.js';
import {
  servedImage,
  startHostileRegistry,
  type HostileRegistry,
  type Misbehaviour,
  type ServedImage,
} from '../../support/hostile-registry.js';
import { clientFor } from '../test-client.js';

export const AMD64 = parsePlatform('linux/amd64');
export const REFERENCE = parseReference('docker.io/library/a:1.0.0');

/** A hostile registry, an image in it, and a client that takes it for every registry. */
export interface Hostile {
  readonly image: ServedImage;
  readonly registry: HostileRegistry;
  readonly client: RegistryClient;
  /** of the image's one layer */
  readonly layer: Descriptor;
}

/** Returns a function that starts hostile registries, which end with each test. */
export function useHostileRegistries(): (
  misbehave?: Misbehaviour,
  options?: { image?: ServedImage; client?: Partial<RegistryClientOptions> },
) => Promise<Hostile> {
  const running: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const item of running.splice(0)) await item.stop();
  });
  return async function start(misbehave, { image = servedImage(), client: options } = {}) {
    const registry = await startHostileRegistry(image, misbehave);
    running.push(registry);
    const { mediaType, digest, bytes } = image.layer;
    return {
      image,
      registry,
      client: clientFor({ url: registry.url }, options),
      layer: { mediaType, digest: digest as Digest, sizeBytes: bytes.length },
    };
  };
}

/** Returns a misbehaviour for the first `count` requests whose path contains `part`. */
export function atFirst(count: number, part: string, misbehave: Misbehaviour): Misbehaviour {
  let left = count;
  return (request, response) => {
    if (left === 0 || !(request.url ?? '').includes(part)) return undefined;
    left -= 1;
    return misbehave(request, response);
  };
}

/** Returns a misbehaviour for every request whose path contains `part`. */
export function always(part: string, misbehave: Misbehaviour): Misbehaviour {
  return atFirst(-1, part, misbehave);
}
