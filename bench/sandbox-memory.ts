import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce, type InstallSetting } from './install-contests.js';
import { sumMemory, type ProcessMemory } from './krun/sum-memory.js';
import { execute } from './measure.js';
import { projectName, workspace } from './workspace.js';

const SANDBOX = 'bench-memory';
const MEMORY_MIB = 512;
/** What a guest needs to have come to rest. */
const REST_SECONDS = 2;

/** Returns what each process of a detached sandbox takes of the host's memory. */
export function sandboxMemory(setting: InstallSetting): ProcessMemory[] {
  const own = workspace(setting.scratch, 'memory');
  const { image } = setting;
  installOnce(own, image);
  const flags = ['--name', SANDBOX, '--memory', `${MEMORY_MIB}MiB`];
  execute(own.mono('run', '-d', ...flags, projectName(image), '--', 'sleep', 'infinity'));
  try {
    execFileSync('sleep', [String(REST_SECONDS)]);
    const directory = realpathSync(join(own.home, 'sandboxes/by-name', SANDBOX));
    return processesIn(directory).map((pid) => {
      const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      return sumMemory(name, readFileSync(`/proc/${pid}/smaps`, 'utf8'), MEMORY_MIB);
    });
  } finally {
    execute(own.mono('rm', '--force', SANDBOX));
  }
}

/** Processes of a sandbox work in its directory. */
function processesIn(directory: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readlinkSync(`/proc/${name}/cwd`) === directory;
    } catch {
      return false; // it has ended meanwhile
    }
  });
}
