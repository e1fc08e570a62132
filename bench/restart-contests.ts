import type { Contest } from './contest.js';
import { installOnce, type InstallSetting } from './install-contests.js';
import { execute } from './measure.js';
import { projectName, workspace, type Workspace } from './workspace.js';

const FIRST = 'bench-first';
const SECOND = 'bench-second';

/** The second start of a sandbox, until its command runs, beside the first of another one. */
export function* startAgain(setting: InstallSetting): Generator<() => Contest> {
  const own = workspace(setting.scratch, 'start');
  const { image } = setting;
  installOnce(own, image);
  for (const name of [FIRST, SECOND]) execute(started(own, { name, image }));
  try {
    yield () => ({
      title: `start a sandbox of ${image} again`,
      cold: false,
      contestants: [
        {
          name: 'mono start',
          prepare: () => execute(own.mono('stop', '--time', '0', SECOND)),
          command: own.mono('start', SECOND),
        },
        {
          name: 'mono run -d',
          prepare: () => execute(own.mono('rm', '--force', FIRST)),
          command: started(own, { name: FIRST, image }),
        },
      ],
    });
  } finally {
    execute(own.mono('rm', '--force', FIRST, SECOND));
  }
}

function started(own: Workspace, { name, image }: { name: string; image: string }) {
  return own.mono('run', '-d', '--name', name, projectName(image), '--', 'sleep', 'infinity');
}
