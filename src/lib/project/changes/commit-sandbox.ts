import type { CID } from 'multiformats/cid';
import type { NodeStore } from '../../fs/node/node-store.js';
import { commitVersion } from '../../fs/version/version.js';
import { checkVersionName, type WantedName } from '../compare/check-version-name.js';
import type { FoundTree } from '../compare/find-tree.js';
import { versionOf } from '../compare/merge-versions.js';
import type { SandboxChanges } from './sandbox-changes.js';

/** How the changes of a sandbox are kept. */
export interface CommitRequest extends WantedName {
  readonly message: string | undefined;
}

/** What a commit writes to. */
export interface CommitServices {
  readonly store: NodeStore & { flush(): Promise<void> };
  /** Gives a durable version a name; returns the other version that had it before, if one had. */
  keep(name: string, version: CID): Promise<CID | undefined>;
  /** Returns what the sandbox changed. */
  changes(): Promise<SandboxChanges>;
}

/** A version that was made of a sandbox. */
export interface SandboxCommit {
  readonly sandbox: string;
  readonly root: CID;
  readonly version: CID;
  /** what keeps it from being collected */
  readonly name: string;
  /** the other version that had the name before */
  readonly replaced: CID | undefined;
  /** what the sandbox was started from, and the version of it that the new one came from */
  readonly base: FoundTree & { readonly version: CID };
}

/**
 * Makes a version of a sandbox as it is now, which came from what the sandbox was started from, makes
 * it durable and keeps it.
 *
 * @throws {MonoError} as `checkVersionName`, `sandboxChanges` and `commitVersion`
 */
export async function commitSandbox(
  services: CommitServices,
  request: CommitRequest,
): Promise<SandboxCommit> {
  checkVersionName(request);
  const { store } = services;
  const { message } = request;
  const { base, after } = await services.changes();
  const previous = await versionOf(store, base);
  const version = await commitVersion(store, {
    root: after.root,
    previous: [previous],
    ...(message === undefined ? {} : { message }),
  });
  await store.flush();
  const name = request.name ?? version.toString();
  const replaced = await services.keep(name, version);
  const { target: sandbox, root } = after;
  return { sandbox, root, version, name, replaced, base: { ...base, version: previous } };
}

/** A version that was made of a sandbox; `mono commit --json` prints it. */
export interface CommitDocument {
  readonly sandbox: string;
  readonly root: string;
  readonly version: string;
  readonly name: string;
  /** CID of the version that had the name before; `null` when none had */
  readonly replaced: string | null;
  readonly base: { readonly root: string; readonly version: string };
}

/** Returns `commit` as JSON has it. */
export function commitDocument(commit: SandboxCommit): CommitDocument {
  const { sandbox, root, version, name, replaced, base } = commit;
  return {
    sandbox,
    root: root.toString(),
    version: version.toString(),
    name,
    replaced: replaced?.toString() ?? null,
    base: { root: base.root.toString(), version: base.version.toString() },
  };
}
