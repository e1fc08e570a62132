import { posix, resolve } from 'node:path';
import { isName, NAME_RULE } from '../requirement/image-name.js';
import { parseMemorySize } from './memory-size.js';

/** Something to be mounted in a sandbox, as a person writes it. */
export type MountSetting = {
  /** absolute path in the guest, normal */
  readonly guestPath: string;
} &
  /** `hostPath` as it is written: absolute, or relative to something, or below `~` */
  (
    | { readonly kind: 'directory'; readonly hostPath: string; readonly readOnly: boolean }
    | { readonly kind: 'named'; readonly name: string; readonly readOnly: boolean }
    | { readonly kind: 'memory'; readonly sizeMib: number | undefined }
  );

/** How a volume is written, as a hint. */
export const VOLUME_RULE =
  'Write it as `./DIRECTORY:/PATH`, `NAME:/PATH` or with `:ro` at the end.';

/** How a filesystem in memory is written, as a hint. */
export const TMPFS_RULE = 'Write it as `/PATH` or `/PATH:64MiB`.';

/**
 * Returns the volume that `text` (`SOURCE:PATH[:ro|:rw]`) stands for, or what is wrong with it. A
 * source that begins with `/`, `./`, `../` or `~/` is a directory of the host; any other is the name
 * of a volume.
 */
export function parseVolume(text: string): MountSetting | string {
  const match = /^([^:]+):([^:]+)(?::(ro|rw))?$/.exec(text);
  if (!match) return 'not a volume';
  const [, source = '', target = '', mode] = match;
  const guestPath = guestPathOf(target);
  if (guestPath === undefined) return 'its path in the sandbox must be absolute, and not `/`';
  const readOnly = mode === 'ro';
  if (/^(?:\/|(?:\.{1,2}|~)(?:\/|$))/.test(source))
    return { kind: 'directory', hostPath: source, guestPath, readOnly };
  if (!isName(source)) return `not the name of a volume. ${NAME_RULE}`;
  return { kind: 'named', name: source, guestPath, readOnly };
}

/** Returns the filesystem in memory that `text` (`PATH[:SIZE]`) stands for, or what is wrong with it. */
export function parseTmpfs(text: string): MountSetting | string {
  const colon = text.indexOf(':');
  const guestPath = guestPathOf(colon === -1 ? text : text.slice(0, colon));
  if (guestPath === undefined) return 'its path must be absolute, and not `/`';
  if (colon === -1) return { kind: 'memory', guestPath, sizeMib: undefined };
  const sizeMib = parseMemorySize(text.slice(colon + 1));
  if (sizeMib === undefined || sizeMib === 0) return 'not a size';
  return { kind: 'memory', guestPath, sizeMib };
}

/** Returns the mount with an absolute path of the host; relative ones begin at `directory`. */
export function anchorMount(
  mount: MountSetting,
  { directory, home }: { readonly directory: string; readonly home: string },
): MountSetting {
  if (mount.kind !== 'directory') return mount;
  const { hostPath } = mount;
  const isOfHome = hostPath === '~' || hostPath.startsWith('~/');
  return {
    ...mount,
    hostPath: isOfHome ? resolve(home, `.${hostPath.slice(1)}`) : resolve(directory, hostPath),
  };
}

function guestPathOf(text: string): string | undefined {
  if (!text.startsWith('/')) return undefined;
  const path = posix.normalize(text).replace(/\/$/, '');
  return path === '' ? undefined : path;
}
