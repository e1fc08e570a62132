import { again, type Contest } from './contest.js';
import { execute } from './measure.js';
import { msbPull, podmanPull } from './peers.js';
import { workspace, type Workspace } from './workspace.js';

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

/** An install that finds everything as the lock says. */
export function noOpInstall(setting: InstallSetting): Contest {
  const own = workspace(setting.scratch, 'no-op');
  installOnce(own, setting.image);
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

function nodeFloor() {
  return { name: 'node -e 0', command: { argv: [process.execPath, '-e', '0'] } };
}
