import type { Contest } from './contest.js';
import { installOnce, type InstallSetting } from './install-contests.js';
import { execute } from './measure.js';
import { projectName, workspace } from './workspace.js';

const SANDBOX = 'bench-exec';

/** A command in a sandbox that runs, beside the start of Node alone; the sandbox ends afterwards. */
export function* execTrue(setting: InstallSetting): Generator<() => Contest> {
  const own = workspace(setting.scratch, 'exec');
  const { image } = setting;
  installOnce(own, image);
  execute(own.mono('run', '-d', '--name', SANDBOX, projectName(image), '--', 'sleep', 'infinity'));
  try {
    yield () => ({
      title: `exec true in ${image}`,
      cold: false,
      contestants: [
        { name: 'mono exec', command: own.mono('exec', SANDBOX, 'true') },
        { name: 'node -e 0', command: { argv: [process.execPath, '-e', '0'] } },
      ],
    });
  } finally {
    execute(own.mono('rm', '--force', SANDBOX));
  }
}
