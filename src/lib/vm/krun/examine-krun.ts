import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findLibrary, type LibraryPlaces } from '../find-library.js';
import { LAUNCHER_STATUS } from './launcher-status.js';

/** The name under which libkrun of the supported generation is installed. */
export const KRUN_LIBRARY_NAME = 'libkrun.so.1';

/** Where to look for what krun machines need. */
export interface KrunPlaces {
  readonly library: LibraryPlaces;
  /** path of the launcher, `mono-krun` */
  readonly launcher: string;
}

/** What a host has for krun machines. */
export interface KrunFacts {
  readonly launcher: string;
  /** path of libkrun, where there is one */
  readonly library: string | undefined;
  /** why it cannot be used, in a sentence; undefined when it can */
  readonly problem: string | undefined;
}

/** Loading a library takes milliseconds; this is for a busy host. */
const TIMEOUT_MS = 10_000;
/** What the launcher says begins with its name. */
const LAUNCHER_NAME = /^mono-krun: /;

/** Returns whether libkrun is there and can be loaded, which the launcher tries. */
export async function examineKrun({ library, launcher }: KrunPlaces): Promise<KrunFacts> {
  const { path } = await findLibrary(KRUN_LIBRARY_NAME, library);
  if (path === undefined)
    return { launcher, library: path, problem: `${KRUN_LIBRARY_NAME} is not there` };
  return { launcher, library: path, problem: await loadingProblem(launcher, path) };
}

async function loadingProblem(launcher: string, library: string): Promise<string | undefined> {
  const { libraryMissing, libraryUnsuitable } = LAUNCHER_STATUS;
  try {
    await promisify(execFile)(launcher, [library], { env: {}, timeout: TIMEOUT_MS });
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') return `the launcher \`${launcher}\` is not there`;
    if (code !== libraryMissing && code !== libraryUnsuitable)
      return `the launcher \`${launcher}\` ended with ${String(code)}`;
    return (stderr ?? '').trim().replace(LAUNCHER_NAME, '');
  }
}
