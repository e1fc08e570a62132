import type { Contest } from './contest.js';
import type { InstallSetting } from './install-contests.js';
import type { Command } from './measure.js';
import { workspace } from './workspace.js';

/** What every command pays before its own work begins. */
export function startUp({ scratch }: Pick<InstallSetting, 'scratch'>): Contest {
  const own = workspace(scratch, 'start-up');
  own.reset();
  return {
    title: 'mono --version',
    cold: false,
    contestants: [
      { name: 'mono --version', command: own.mono('--version') },
      { name: 'node -e 0', command: { argv: [process.execPath, '-e', '0'] } },
    ],
  };
}

/** From the start of an install on a terminal to the first thing that it shows. */
export function firstOutput({ image, scratch }: InstallSetting): Contest {
  const own = workspace(scratch, 'first-output');
  const node = [process.execPath, '-e', 'process.stderr.write("x")'];
  return {
    title: `first output of an install of ${image}`,
    cold: false,
    contestants: [
      {
        name: 'mono install',
        prepare: () => own.reset(),
        command: untilFirstOutput(own.mono('install', image)),
      },
      { name: 'node -e', command: untilFirstOutput({ argv: node }) },
    ],
  };
}

/** Ends the command as soon as a byte comes out of its terminal. */
const UNTIL_FIRST_OUTPUT = `
exec {screen}< <(exec script -qefc "$1" /dev/null)
read -rn1 -u "$screen"
kill $!`;

function untilFirstOutput({ argv, ...rest }: Command): Command {
  const line = argv.map((word) => `'${word}'`).join(' ');
  return { ...rest, argv: ['bash', '-c', UNTIL_FIRST_OUTPUT, 'bash', line] };
}
