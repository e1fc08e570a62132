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
import { readLeaders } from '../links/link-table.js';
import type { NodeStore } from '../node/node-store.js';
import type { LinkJoin } from './overlay-links.js';
import { mergeLinks } from './overlay-links.js';
import type { ChangeDirectory, OverlayContext } from './overlay-merge.js';
import { mergeAt } from './overlay-merge.js';
import { isBelow, movePath, problemOfPath, ROOT_PATH, splitPath } from '../path.js';
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
  const run: OverlayRun = { store, change, empty: await emptyDirectory(store), placed: new Map() };
  const first: Pass = { from: ROOT_PATH, to: ROOT_PATH, content: change.directory };
  let { tree, redirects } = await runPass(run, base, first);
  for (let redirect = redirects.shift(); redirect; redirect = redirects.shift()) {
    const to = await targetOf(store, tree.directory, redirect.path);
    const result = await runPass(run, tree, { ...redirect, to });
    tree = result.tree;
    redirects = [...result.redirects, ...redirects];
  }
  return tree;
}

interface OverlayRun {
  readonly store: NodeStore;
  readonly change: ChangeRoot;
  readonly empty: CID;
  /** for the hard-link groups of the change set, by leader: a path in the tree that is one of them */
  readonly placed: Map<ByteString, ByteString>;
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

async function runPass(
  run: OverlayRun,
  tree: TreeRoot,
  pass: Pass,
): Promise<{ readonly tree: TreeRoot; readonly redirects: Redirect[] }> {
  const { store, empty } = run;
  const base = tree.directory;
  const context: OverlayContext = {
    ...{ store, base, empty },
    ...{ gone: new Set(), baseLinks: [], redirects: [] },
  };
  const names = splitPath(pass.to);
  const at = { path: ROOT_PATH, directory: base, names };
  const directory = await mergeAt(context, at, pass.content);
  const redirects = context.redirects.map((redirect) => ({
    from: movePath(redirect.path, pass.to, pass.from),
    path: redirect.path,
    content: redirect.directory,
  }));
  const links = await linksAfter(run, { tree, pass, context, redirects });
  return { tree: { directory, links }, redirects };
}

async function linksAfter(
  run: OverlayRun,
  done: {
    readonly tree: TreeRoot;
    readonly pass: Pass;
    readonly context: OverlayContext;
    readonly redirects: readonly Redirect[];
  },
): Promise<CID | undefined> {
  const { context, pass, redirects, tree } = done;
  const untouched = tree.links === undefined && context.baseLinks.length === 0;
  if (untouched && pass.from === ROOT_PATH && redirects.length === 0) return run.change.links;
  const joins: LinkJoin[] = context.baseLinks.map(({ path, target }) => ({
    path,
    group: { kind: 'base', path: target },
  }));
  for (const [from, leader] of await leadersBelow(run, pass, redirects)) {
    const path = movePath(from, pass.from, pass.to);
    const placed = run.placed.get(leader);
    const group = { kind: placed ? 'base' : 'change', path: placed ?? leader } as const;
    joins.push({ path, group });
  }
  for (const { path, group } of joins)
    if (group.kind === 'change') run.placed.set(group.path, path);
  return mergeLinks(run.store, { links: tree.links, gone: context.gone, joins });
}

/** Returns the hard links of the change set that a pass has put into the tree. */
async function leadersBelow(
  run: OverlayRun,
  pass: Pass,
  redirects: readonly Redirect[],
): Promise<[ByteString, ByteString][]> {
  const leaders = await readLeaders(run.store, run.change.links);
  return [...leaders].filter(
    ([path]) => isBelow(path, pass.from) && !redirects.some(({ from }) => isBelow(path, from)),
  );
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
