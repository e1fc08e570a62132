import { file, symlink, type TestEntry } from '../../rootfs/support/test-tree.js';
import { writeBusyboxImage } from '../support/busybox-image.js';

const APPLETS = ['httpd', 'mv', 'sync', 'touch', 'wget'];

/** Writes the image that the scenarios run on. */
export async function writeScenarioImage(path: string): Promise<void> {
  const extra: Record<string, TestEntry> = {
    'etc/motd': file(Buffer.from('of the guest\n'), { mode: 0o644 }),
  };
  for (const name of APPLETS) extra[`bin/${name}`] = symlink('busybox');
  await writeBusyboxImage(path, extra);
}
