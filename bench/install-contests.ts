import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { again, type Contest, type Contestant } from './contest.js';
import { layerUrls } from './layer-urls.js';
import { execute } from './measure.js';
import { msbPull, podmanPull } from './peers.js';
import { projectName, workspace, type Workspace } from './workspace.js';

/** What the install contests need to know. */
export interface InstallSetting {
  /** fully qualified reference of the image */
  readonly image: string;
  readonly scratch: string;
  /** where downloaded peers are kept between runs */
  readonly cache: string;
}

/** From nothing to a root filesystem that can be booted. */
export function coldInstall(setting: InstallSetting): Contest {
  const own = workspace(setting.scratch, 'cold');
  return {
    title: `cold install of ${setting.image}`,
    cold: true,
    contestants: [
      {
        name: 'mono install',
        prepare: () => own.reset(),
        command: own.mono('install', setting.image),
      },
      msbPull(setting.image, setting),
      podmanPull(setting.image),
      downloadFloor(setting),
    ],
  };
}

/** A second project that wants what the store already has. */
export function warmInstall(setting: InstallSetting): Contest {
  const own = workspace(setting.scratch, 'warm');
  installOnce(own, setting.image);
  return {
    title: `install of ${setting.image} in a second project`,
    cold: false,
    contestants: [
      {
        name: 'mono install',
        prepare: () => own.resetProject(),
        command: own.mono('install', setting.image),
      },
      nodeFloor(),
    ],
  };
}

/**
 * What making the root filesystem adds before the first command in a machine: a run of what is
 * installed, without the root filesystem and with it.
 */
export function materialising(setting: InstallSetting): Contest {
  const own = workspace(setting.scratch, 'materialising');
  installOnce(own, setting.image);
  const command = own.mono('run', projectName(setting.image), '--', 'true');
  return {
    title: `materialising ${setting.image}`,
    cold: false,
    contestants: [
      {
        name: 'materialise and run',
        prepare: () => rmSync(join(own.home, 'cache/rootfs'), { recursive: true }),
        command,
      },
      { name: 'run', command },
    ],
  };
}

/** An install that finds everything as the lock says. */
export function noOpInstall(setting: InstallSetting): Contest {
  const own = workspace(setting.scratch, 'no-op');
  installOnce(own, setting.image);
  execute(own.mono('install')); // leaves the stamp that says: nothing to do
  return {
    title: `no-op install of ${setting.image}`,
    cold: false,
    contestants: [
      { name: 'mono install', command: own.mono('install') },
      again(msbPull(setting.image, setting)),
      again(podmanPull(setting.image)),
      nodeFloor(),
    ],
  };
}

/** Installs `image` into an empty workspace, outside of any measurement. */
export function installOnce(own: Workspace, image: string): void {
  own.reset();
  execute(own.mono('install', image));
}

/** The layers fetched and inflated by the fastest tools, into a file each; nothing is checked or kept. */
function downloadFloor({ image, scratch }: InstallSetting): Contestant {
  const directory = join(scratch, 'floor');
  const script = layerUrls(image).map(
    (url, index) => `curl -sfL '${url}' | igzip -d -c > '${directory}/${index}.tar'`,
  );
  return {
    name: 'curl | igzip -d',
    prepare() {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
    },
    command: { argv: ['bash', '-c', ['set -euo pipefail', ...script].join('\n')] },
  };
}

function nodeFloor() {
  return { name: 'node -e 0', command: { argv: [process.execPath, '-e', '0'] } };
}
