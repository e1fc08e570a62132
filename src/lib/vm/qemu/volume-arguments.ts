import { volumeTag, type SharedDirectory } from '../devices.js';
import type { HelperProcess } from '../vmm.js';

/** What sharing directories needs on the host. */
export interface VolumeHost {
  /** path of virtiofsd */
  readonly virtiofsd: string;
  /** path of util-linux's unshare */
  readonly unshare: string;
  /** whether `mono` runs as root, which needs no user namespace */
  readonly isRoot: boolean;
}

/**
 * The socket that a helper is given. One that virtiofsd opens itself it guards with a file in /run, of one
 * name for all of a host, which needs root.
 */
const SOCKET_DESCRIPTOR = 3;

/**
 * Runs a program behind a read-only view of the directory `$1`: virtiofsd has no option for that, and
 * a guest's own read-only mount is the guest's to change.
 */
const READ_ONLY_VIEW =
  'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';

/**
 * Returns the process that serves a directory to a guest. It sees nothing of the host but that
 * directory (`sandbox=namespace` makes it its root), so no link and no `..` leads out. A user who is
 * not root runs it in a user namespace, where it has that user's rights.
 */
export function volumeHelper(
  { hostPath, readOnly }: SharedDirectory,
  options: {
    readonly index: number;
    readonly host: VolumeHost;
  },
): HelperProcess {
  const { index, host } = options;
  const server = [
    host.virtiofsd,
    `--fd=${SOCKET_DESCRIPTOR}`,
    ...['-o', `source=${hostPath.replaceAll(/[\\,]/g, '\\$&')}`],
    ...['-o', 'sandbox=namespace', '-o', 'cache=auto', '-o', 'xattr'],
  ];
  const namespaces = [
    ...(host.isRoot ? [] : ['--user', '--map-root-user']),
    ...(readOnly ? ['--mount'] : []),
  ];
  const view = readOnly ? ['/bin/sh', '-c', READ_ONLY_VIEW, 'sh', hostPath] : [];
  const socket = socketName(index);
  const env = readOnly ? { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' } : {};
  if (namespaces.length === 0) {
    const [file = '', ...args] = server;
    return { file, args, env, socket };
  }
  return { file: host.unshare, args: [...namespaces, '--', ...view, ...server], env, socket };
}

/**
 * Returns the devices through which the guest reaches its volumes. Their servers work in the guest's
 * memory, so that is a file which can be shared.
 */
export function volumeArguments(volumes: readonly SharedDirectory[], memoryMib: number): string[] {
  if (volumes.length === 0) return [];
  return [
    // virtiofsd speaks virtio 1 alone.
    ...['-global', 'virtio-mmio.force-legacy=false'],
    ...['-object', `memory-backend-memfd,id=${SHARED_MEMORY},size=${memoryMib}M,share=on`],
    ...volumes.flatMap((_, index) => [
      ...['-chardev', `socket,id=${volumeTag(index)},path=${socketName(index)}`],
      ...['-device', `vhost-user-fs-device,chardev=${volumeTag(index)},tag=${volumeTag(index)}`],
    ]),
  ];
}

/** Name of the guest's memory where it is shared with the servers of volumes. */
export const SHARED_MEMORY = 'memory';

/** Relative to the runtime directory, since the path of a socket holds 107 bytes at most. */
function socketName(index: number): string {
  return `${volumeTag(index)}.sock`;
}
