import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEMORY_MIB, runScene, sceneDirectory, type Scenario } from './stage.js';

const MEMORY_KIB = MEMORY_MIB * 1024;

/** What every VMM must do with directories, processors and memory. */
export const DEVICE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'shares directories that no link leaves, and read-only ones that root cannot change',
    async play(stage) {
      const directory = sceneDirectory(stage);
      const [open, closed] = ['open', 'closed'].map((name) => join(directory, name)) as [
        string,
        string,
      ];
      for (const path of [open, closed]) {
        mkdirSync(path);
        writeFileSync(join(path, 'file'), 'of the host\n');
      }
      writeFileSync(join(directory, 'secret'), 'secret\n');
      symlinkSync(join(directory, 'secret'), join(open, 'absolute'));
      symlinkSync('../secret', join(open, 'relative'));
      const script = [
        'cat /closed/file; echo of the guest >/open/new; cat /open/absolute /open/relative /open/../secret',
        'mount -o remount,rw /closed; echo x >/closed/file; chmod 0 /closed/file; rm /closed/file',
        'mkdir /closed/x; mv /closed/file /closed/y; mkdir /m; mount -t virtiofs volume1 /m; echo x >/m/x',
        'true',
      ].join('\n');

      const { exit, stdout } = await runScene(stage, ['sh', '-c', script], {
        devices: {
          volumes: [
            { hostPath: open, guestPath: '/open', readOnly: false },
            { hostPath: closed, guestPath: '/closed', readOnly: true },
          ],
        },
      });

      assert.deepEqual(exit, { code: 0 });
      assert.equal(stdout, 'of the host\n');
      assert.equal(readFileSync(join(open, 'new'), 'utf8'), 'of the guest\n');
      assert.deepEqual(readdirSync(closed), ['file']);
      assert.equal(readFileSync(join(closed, 'file'), 'utf8'), 'of the host\n');
    },
  },
  {
    name: 'says that a machine has stopped when its guest stops it',
    async play(stage) {
      await assert.rejects(runScene(stage, ['reboot', '-f']), { code: 'VM_STOPPED' });
    },
  },
  {
    name: 'gives a machine all of its processors and its memory',
    async play(stage) {
      const script =
        'grep -c ^processor /proc/cpuinfo; (echo a & echo a & wait); grep MemTotal /proc/meminfo';

      const { stdout } = await runScene(stage, ['sh', '-c', script], { cpus: 2 });

      const [, memoryKib] = /^2\na\na\nMemTotal: +(\d+) kB\n$/.exec(stdout) ?? [];
      assert.ok(Number(memoryKib) > MEMORY_KIB * 0.75 && Number(memoryKib) <= MEMORY_KIB, stdout);
    },
  },
];
