/*
 * What the guest program puts into the root of a sandbox so that it can run: mount points that the
 * image lacks, and the files of names (native/guest/root.c, network.c, mounts.c, launch.c). Nobody has
 * asked for these as changes.
 */
import type { CID } from 'multiformats/cid';
import { byteStringFromText, type ByteString } from '../../base/bytes.js';
import type { DirectoryEntry, TreeEntry } from '../../fs/entry.js';
import { parentPath, problemOfPath } from '../../fs/path.js';
import { lookup } from '../../fs/tree/lookup.js';
import { readDirectory } from '../../fs/tree/directory.js';
import { Transaction } from '../../fs/transaction/transaction.js';
import type { ContentStore } from '../../store/ipld-store.js';
import type { SandboxSpec } from '../../vm/sandbox-spec.js';

/** Where the guest program mounts the kernel's filesystems; below `/dev` nothing reaches the root. */
const KERNEL_MOUNTS = ['proc', 'sys', 'dev'];
const RESOLVER = 'etc/resolv.conf' as ByteString;
const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;

/** A sandbox's root before and after its run. */
export interface SandboxTrees {
  readonly base: CID;
  readonly after: CID;
}

/**
 * Returns the tree `after` without what the guest program has made: directories that the base lacks
 * and that are empty, at mount points and at the working directory, with those above them; files
 * of names as it writes them. A directory that then has the same names as that of the base gets its
 * time back. The root gets its extended attributes back, which the mount did not show.
 *
 * @throws {MonoError} as `getNode` and `putNode`; `STORE_NODE_INVALID`
 */
export async function withoutGuestMade(
  store: ContentStore,
  trees: SandboxTrees,
  spec: Pick<SandboxSpec, 'devices' | 'hostname' | 'process'>,
): Promise<CID> {
  const tree = await Transaction.open(store, trees.after);
  const cleaning: Cleaning = {
    store,
    tree,
    base: trees.base,
    touched: new Set(['' as ByteString]),
  };
  for (const [path, text] of filesOf(spec)) await removeFile(cleaning, path, text);
  for (const path of directoriesOf(spec)) await removeDirectories(cleaning, path);
  const cleaned = await tree.commit();
  for (const path of cleaning.touched) await restoreTime(cleaning, path, cleaned);
  await restoreRootXattrs(cleaning);
  return tree.commit();
}

interface Cleaning {
  readonly store: ContentStore;
  readonly tree: Transaction;
  readonly base: CID;
  /** directories that something was removed from, and the root */
  readonly touched: Set<ByteString>;
}

function filesOf({ hostname }: Pick<SandboxSpec, 'hostname'>): [ByteString, string][] {
  const hosts = `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\t${hostname}\n`;
  return [
    ['etc/hostname' as ByteString, `${hostname}\n`],
    ['etc/hosts' as ByteString, hosts],
    [RESOLVER, ''],
  ];
}

/** Relative paths, the deepest first; one that is not plain is left alone. */
function directoriesOf({
  devices,
  process: main,
}: Pick<SandboxSpec, 'devices' | 'process'>): ByteString[] {
  const paths = [
    ...KERNEL_MOUNTS.map((name) => `/${name}`),
    ...devices.volumes.map(({ guestPath }) => guestPath),
    ...devices.disks.map(({ guestPath }) => guestPath),
    ...devices.memoryMounts.map(({ path }) => path),
    main.cwd,
  ];
  const all = new Set<ByteString>(['etc' as ByteString]);
  for (const text of paths) {
    let path = byteStringFromText(text.split('/').filter(Boolean).join('/'));
    if (problemOfPath(path) !== undefined) continue;
    for (; path !== ''; path = parentPath(path)) all.add(path);
  }
  return [...all].sort((left, right) => right.length - left.length);
}

async function removeFile(cleaning: Cleaning, path: ByteString, text: string): Promise<void> {
  const { store, tree, base } = cleaning;
  const before = await lookup(store, base, path);
  const isReplaced = path === RESOLVER && before?.kind === 'symlink';
  if (before !== undefined && !isReplaced) return;
  const after = await tree.get(path);
  if (after?.kind !== 'file' || !isPlain(after, FILE_MODE)) return;
  const { cid } = await store.putBytes([new TextEncoder().encode(text)]);
  if (!cid.equals(after.content)) return;
  await tree.remove(path);
  if (before?.kind === 'symlink') await tree.create(path, before);
  cleaning.touched.add(parentPath(path));
}

async function removeDirectories(cleaning: Cleaning, path: ByteString): Promise<void> {
  const { store, tree, base } = cleaning;
  if ((await lookup(store, base, path)) !== undefined) return;
  const after = await tree.get(path);
  if (after?.kind !== 'directory' || !isPlain(after, DIRECTORY_MODE)) return;
  if ((await tree.list(path)).length > 0) return;
  await tree.remove(path);
  cleaning.touched.add(parentPath(path));
}

function isPlain(entry: Pick<TreeEntry, 'mode' | 'uid' | 'gid' | 'xattrs'>, mode: number): boolean {
  return entry.mode === mode && entry.uid === 0 && entry.gid === 0 && entry.xattrs.size === 0;
}

async function restoreTime(cleaning: Cleaning, path: ByteString, cleaned: CID): Promise<void> {
  const { store, tree, base } = cleaning;
  const [before, after] = [await lookup(store, base, path), await lookup(store, cleaned, path)];
  if (before?.kind !== 'directory' || after?.kind !== 'directory') return;
  const [names, own] = [await namesIn(store, before), await namesIn(store, after)];
  if (names === own) await tree.utimes(path, before.mtime);
}

async function namesIn(store: ContentStore, directory: DirectoryEntry): Promise<string> {
  return (await readDirectory(store, directory)).map(({ name }) => name).join('/');
}

async function restoreRootXattrs({ store, tree, base }: Cleaning): Promise<void> {
  const root = '' as ByteString;
  const [before, after] = [await lookup(store, base, root), await tree.get(root)];
  if (before && after?.xattrs.size === 0) await tree.setAttributes(root, { xattrs: before.xattrs });
}
