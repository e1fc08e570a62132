/**
 * Lays a change set over a complete tree.
 *
 * A directory that both have is merged; anything else that the change set has replaces what the tree
 * has. An implicit directory at a name where the tree has a symbolic link is what is left of a path
 * through that link: as unpackers do, its content goes where the link leads, in a pass of its own
 * after everything else.
 */
import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader } from '../../store/ipld-store.js';
import { emptyDirectory } from '../tree/directory.js';
import type { DirectoryEntry } from '../entry.js';
import type { NodeStore } from '../node/node-store.js';
import type { LinkPass } from './overlay-links.js';
import { overlayLinks } from './overlay-links.js';
import type { ChangeDirectory, OverlayContext } from './overlay-merge.js';
import { mergeAt } from './overlay-merge.js';
import { movePath, problemOfPath, ROOT_PATH, splitPath } from '../path.js';
import { resolveNames } from '../tree/resolve-path.js';
import type { ChangeRoot, TreeRoot } from '../node/root-node.js';

/**
 * Returns the tree `base` with `change` laid over it; neither is changed.
 *
 * @throws {MonoError} as `flatten`
 */
export async function overlay(
  store: NodeStore,
  base: TreeRoot,
  change: ChangeRoot,
): Promise<TreeRoot> {
  const run: OverlayRun = { store, base: base.directory, empty: await emptyDirectory(store) };
  const first = await runPass(run, base.directory, {
    from: ROOT_PATH,
    to: ROOT_PATH,
    content: change.directory,
  });
  let { directory, redirects } = first;
  const passes = [first.links];
  for (let redirect = redirects.shift(); redirect; redirect = redirects.shift()) {
    const to = await targetOf(store, directory, redirect.path);
    const result = await runPass(run, directory, { ...redirect, to });
    directory = result.directory;
    redirects = [...result.redirects, ...redirects];
    passes.push(result.links);
  }
  const tables = { base: base.links, change: change.links };
  return { directory, links: await overlayLinks(store, tables, passes) };
}

interface OverlayRun {
  readonly store: NodeStore;
  /** root directory of the tree as it was before the change set */
  readonly base: DirectoryEntry;
  readonly empty: CID;
}

/** Content that goes to a path of the tree. */
interface Pass {
  /** path of the content in the change set */
  readonly from: ByteString;
  readonly to: ByteString;
  readonly content: ChangeDirectory;
}

/** Content that goes where the symbolic link at `path` in the tree leads. */
interface Redirect {
  readonly from: ByteString;
  readonly path: ByteString;
  readonly content: ChangeDirectory;
}

interface PassResult {
  /** root directory of the tree after the pass */
  readonly directory: DirectoryEntry;
  readonly redirects: Redirect[];
  readonly links: LinkPass;
}

/** Lays the content of `pass` over the tree below `root`. */
async function runPass(run: OverlayRun, root: DirectoryEntry, pass: Pass): Promise<PassResult> {
  const { from, to, content } = pass;
  const context: OverlayContext = { ...run, gone: new Set(), baseLinks: [], redirects: [] };
  const at = { path: ROOT_PATH, directory: root, names: splitPath(to) };
  const directory = await mergeAt(context, at, content);
  const redirects = context.redirects.map((redirect) => ({
    from: movePath(redirect.path, to, from),
    path: redirect.path,
    content: redirect.directory,
  }));
  const { gone, baseLinks } = context;
  return { directory, redirects, links: { from, to, gone, baseLinks } };
}

async function targetOf(
  store: NodeReader,
  root: DirectoryEntry,
  path: ByteString,
): Promise<ByteString> {
  const target = await resolveNames(store, { root, names: splitPath(path), followLast: true });
  const usable = target !== undefined && problemOfPath(target.path) === undefined;
  return usable ? target.path : path;
}
