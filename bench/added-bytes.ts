import { join } from 'node:path';
import { allocatedBytes } from './allocated-bytes.js';
import { execute } from './measure.js';
import { workspace } from './workspace.js';

/** What installs add to a store that has something like them, in `bytes` of its packs. */
export interface AddedBytes {
  /** by a second tag of an image that is there */
  readonly retagBytes: number;
  /** by the second of two related images */
  readonly relatedBytes: number;
  /** by that image in a store of its own */
  readonly aloneBytes: number;
}

/** Installs an image, a second tag of it, and the image that is related to it. */
export function addedBytes(setting: {
  /** fully qualified references of the two images */
  readonly images: readonly string[];
  readonly scratch: string;
}): AddedBytes {
  const [first = '', related = ''] = setting.images;
  const shared = packs(setting.scratch, 'added');
  shared.install(first);
  return {
    retagBytes: shared.install(retag(first, 'retagged')),
    relatedBytes: shared.install(related),
    aloneBytes: packs(setting.scratch, 'alone').install(related),
  };
}

function packs(scratch: string, name: string) {
  const own = workspace(scratch, name);
  own.reset();
  let before = 0;
  return {
    /** Returns by how much the packs have grown. */
    install(image: string): number {
      own.resetProject();
      execute(own.mono('install', image));
      const after = allocatedBytes(join(own.home, 'store/packs'));
      const grown = after - before;
      before = after;
      return grown;
    },
  };
}

/** Gives an image of a plain HTTP registry one more tag; returns the reference with that. */
function retag(image: string, tag: string): string {
  const tagged = image.replace(/:[^:/]+$/, `:${tag}`);
  const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  const references = [image, tagged].map((reference) => `docker://${reference}`);
  execute({ argv: ['skopeo', 'copy', '--all', ...insecure, ...references] });
  return tagged;
}
