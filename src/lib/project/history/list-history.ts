import type { Digest } from '../../base/digest.js';
import { noSuchName } from '../install/add-requirements.js';
import type { ChangeAction, RecordedChange } from './history-log.js';
import { lockedImageOf } from './image-state.js';

/** What changed in a project; `mono history --json` prints it. */
export interface ProjectHistory {
  readonly directory: string;
  /** newest first */
  readonly changes: readonly ListedChange[];
}

/** One change of one image. */
export interface ListedChange {
  readonly number: number;
  /** ISO 8601, in UTC */
  readonly time: string;
  readonly action: ChangeAction;
  readonly image: string;
  /** version before; `null` when there was none */
  readonly from: string | null;
  /** version after; `null` when the image was removed */
  readonly to: string | null;
  readonly requirement: string | null;
  readonly digest: Digest | null;
  /** whether going back there needs no network */
  readonly installed: boolean;
}

/**
 * Returns what changed in the project in `directory`, of the image `name` if one is given.
 *
 * @throws {MonoError} `IMAGE_NOT_FOUND` when nothing is known of `name`
 */
export async function listHistory(
  directory: string,
  changes: readonly RecordedChange[],
  options: {
    readonly name?: string | undefined;
    readonly isInstalled: (manifest: Digest) => Promise<boolean>;
  },
): Promise<ProjectHistory> {
  const { name, isInstalled } = options;
  const names = [...new Set(changes.map((change) => change.name))];
  if (name !== undefined && !names.includes(name)) throw noSuchName('image', name, names);
  const versions = new Map<string, string | null>();
  const listed: ListedChange[] = [];
  for (const change of changes) {
    const from = versions.get(change.name) ?? null;
    versions.set(change.name, change.version);
    if (name !== undefined && change.name !== name) continue;
    listed.push(await describe(change, from, isInstalled));
  }
  return { directory, changes: listed.reverse() };
}

async function describe(
  change: RecordedChange,
  from: string | null,
  isInstalled: (manifest: Digest) => Promise<boolean>,
): Promise<ListedChange> {
  const { number, time, action, name: image, version: to, entry } = change;
  const locked = entry === null ? undefined : lockedImageOf(entry);
  let installed = false;
  for (const { manifest } of locked?.platforms.values() ?? []) {
    installed ||= await isInstalled(manifest);
  }
  return {
    number,
    time: new Date(time).toISOString(),
    action,
    image,
    from,
    to,
    requirement: locked?.requirement ?? null,
    digest: locked?.digest ?? null,
    installed,
  };
}
