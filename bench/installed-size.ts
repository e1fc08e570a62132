import { join } from 'node:path';
import { allocatedBytes } from './allocated-bytes.js';
import { execute, type Command } from './measure.js';
import { msbPull } from './peers.js';
import type { StoredSize } from './store/stored-size.js';
import { workspace } from './workspace.js';

/** What {@link installedSizes} installs, and where. */
export interface InstalledSizeSetting {
  /** fully qualified references, installed one after the other */
  readonly images: readonly string[];
  readonly scratch: string;
  readonly cache: string;
}

const MIB = 1024 * 1024;

/** Returns what lies on disk after each of the images: all that `mono` keeps, and all that msb keeps. */
export function installedSizes(setting: InstalledSizeSetting): StoredSize[] {
  const { images, scratch } = setting;
  const own = workspace(scratch, 'sizes');
  own.reset();
  const peers = images.map((image) => msbPull(image, setting));
  peers[0]?.prepare?.();
  return [
    sizesAfter(
      'mono',
      own.home,
      images.map((image) => own.mono('install', image)),
    ),
    sizesAfter(
      'msb',
      join(scratch, 'msb'),
      peers.map(({ command }) => command),
    ),
  ];
}

function sizesAfter(name: string, path: string, commands: readonly Command[]): StoredSize {
  const mib = commands.map((command) => {
    execute(command);
    return Math.round(allocatedBytes(path) / MIB);
  });
  return { name, mib };
}
