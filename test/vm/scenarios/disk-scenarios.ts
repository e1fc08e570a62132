import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDisk } from '../../../src/lib/vm/create-disk.js';
import { runScene, sceneDirectory, type Scenario } from './stage.js';

const DISK_BYTES = 256 * 1024 * 1024;

/** What every VMM must do with the disk of the image and the one for writes. */
export const DISK_SCENARIOS: readonly Scenario[] = [
  {
    name: 'shows a guest every byte of its mapped disk and none that lies between the parts',
    async play(stage) {
      const script = 'sha256sum </dev/vda; wc -c </dev/vda; echo x >/dev/vda';
      const copy = readFileSync(stage.image.copyPath);

      const { exit, stdout } = await runScene(stage, ['sh', '-c', script]);

      const hash = createHash('sha256').update(copy).digest('hex');
      assert.equal(stdout, `${hash}  -\n${copy.length}\n`);
      assert.notEqual(exit.code, 0);
    },
  },
  {
    name: 'refuses writes to a read-only root and takes them to memory mounts',
    async play(stage) {
      const script = 'touch /x; echo kept >/scratch/x; cat /scratch/x';

      const { stdout, stderr } = await runScene(stage, ['sh', '-c', script], {
        devices: {
          writes: { kind: 'nothing' },
          memoryMounts: [{ path: '/tmp' }, { path: '/scratch' }],
        },
      });

      assert.equal(stdout, 'kept\n');
      assert.match(stderr, /Read-only file system/);
    },
  },
  {
    name: 'keeps what a machine has written to its disk for the next one',
    async play(stage) {
      const path = join(sceneDirectory(stage), 'writes.raw');
      await createDisk({ path, template: stage.diskTemplate, sizeBytes: DISK_BYTES });
      const devices = { writes: { kind: 'disk', path } } as const;

      await runScene(stage, ['sh', '-c', 'echo one >/kept; rm -r /home; sync'], { devices });
      const second = await runScene(stage, ['sh', '-c', 'cat /kept; ls -d /home'], { devices });

      assert.equal(second.stdout, 'one\n');
      assert.match(second.stderr, /\/home/);
    },
  },
];
