import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { noSuchName } from '../install/add-requirements.js';
import {
  install,
  type InstallRequest,
  type InstallResult,
  type InstallServices,
} from '../install/install.js';
import { readProject } from '../project-file/project-directory.js';
import { parseRequirement } from '../requirement/requirement.js';
import type { RecordedChange } from './history-log.js';
import { imageStates, lockedImageOf } from './image-state.js';

/** What a user asks of a rollback. */
export interface RollbackRequest extends Pick<
  InstallRequest,
  'directory' | 'platform' | 'dryRun' | 'offline'
> {
  /** name of an image that the project has or had */
  readonly name: string;
  /** a version, a digest or its start, or `#` and the number of a change; default: the one before */
  readonly version?: string | undefined;
}

/** What a rollback works with. */
export interface RollbackServices extends InstallServices {
  /** Returns the recorded changes of a project, oldest first. */
  changes(directory: string): Promise<readonly RecordedChange[]>;
}

/**
 * Brings an image back to an earlier state: the entry of mono.lock and, where it differs, the
 * requirement in mono.yaml get the very bytes that they had. The network is needed only when the
 * store has these bytes no more.
 *
 * @throws {MonoError} `IMAGE_NOT_FOUND` when no change of that name is known, `VERSION_NOT_FOUND`
 *   when none led to that version, and as `install`
 */
export async function rollback(
  request: RollbackRequest,
  services: RollbackServices,
): Promise<InstallResult> {
  const { directory, name, version, platform, dryRun, offline } = request;
  const project = await readProject(directory);
  if (!dryRun) {
    await services.record(directory, imageStates(project.fileText, project.lock), 'lockfile');
  }
  const earlier = earlierState(await services.changes(directory), name, version);
  const locked = lockedImageOf(earlier.entry);
  const requirement = parseRequirement(locked.requirement);
  return install(
    {
      ...{ directory, platform, dryRun, offline },
      frozen: false,
      add: [],
      set: [{ name, requirement }],
      sources: new Map([[name, earlier.source]]),
      locked: new Map([[name, locked]]),
      only: [name],
      action: 'rollback',
    },
    services,
  );
}

/** A change after which the project had the image. */
type Installed = RecordedChange & { readonly entry: string; readonly source: string };

/**
 * Returns the state of `name` that a rollback goes to: the newest one before the present that
 * `version` names, or the one before.
 *
 * @throws {MonoError} `IMAGE_NOT_FOUND`, `VERSION_NOT_FOUND`
 */
export function earlierState(
  changes: readonly RecordedChange[],
  name: string,
  version?: string,
): Installed {
  const own = changes.filter((change) => change.name === name);
  if (own.length === 0) {
    throw noSuchName('image', name, [...new Set(changes.map((change) => change.name))]);
  }
  const past = own.slice(0, -1).reverse().filter(isInstalled);
  const found = past.find((change) => version === undefined || isNamed(change, version));
  if (found) return found;
  throw nothingEarlier(name, version, past);
}

function isInstalled(change: RecordedChange): change is Installed {
  return change.entry !== null && change.source !== null;
}

function isNamed(change: Installed, version: string): boolean {
  if (version === change.version || version === `#${change.number}`) return true;
  return /^sha256:[0-9a-f]{6,}$/.test(version) && digestOfEntry(change).startsWith(version);
}

function digestOfEntry(change: Installed): string {
  return lockedImageOf(change.entry).digest;
}

function nothingEarlier(name: string, version: string | undefined, past: Installed[]): MonoError {
  const wanted =
    version === undefined ? 'an earlier version' : `the version \`${redact(version)}\``;
  const known = [...new Set(past.map((change) => change.version))].join(', ');
  return new MonoError('VERSION_NOT_FOUND', `Cannot find ${wanted} of \`${name}\` in its history`, {
    details: { name, ...(version === undefined ? {} : { version: redact(version) }) },
    hint: known === '' ? 'It has not changed since it was installed.' : `It had ${known}.`,
  });
}
