import { throwIfAborted } from '../../base/async.js';
import { textOfByteString, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import { invariant, MonoError } from '../../errors.js';
import type { DeviceEntry, TreeEntry } from '../../fs/entry.js';
import type { WalkedEntry } from '../../fs/tree/walked-entry.js';
import {
  FILE_TYPE,
  MAX_DEVICE_MAJOR,
  MAX_DEVICE_MINOR,
  MAX_NAME_BYTES,
  MAX_TARGET_BYTES,
} from './erofs-format.js';
import { NO_REFERENCE, TreeTable } from './tree-table.js';
import { encodeXattrs } from './xattr-body.js';

const CHECK_SIGNAL_EVERY = 4096;

/** A directory on the way from the root to the entry at hand. */
interface OpenDirectory {
  readonly inode: number;
  readonly pathLength: number;
  lastName: ByteString | '';
}

/**
 * Reads `entries` (pre-order, root first, names of a directory in byte order) into a compact table.
 * Sizes of directories are left 0.
 *
 * @throws {MonoError} `ROOTFS_LIMIT` for what EROFS or Linux cannot represent, `CANCELLED`
 */
export async function collectTree(
  entries: AsyncIterable<WalkedEntry>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<TreeTable> {
  const tree = new TreeTable();
  const open: OpenDirectory[] = [];
  for await (const walked of entries) {
    if (tree.nameCount % CHECK_SIGNAL_EVERY === 0) throwIfAborted(options.signal);
    if (open.length === 0) addRoot(tree, walked);
    else addName(tree, walked, parentOf(open, walked));
    if (walked.entry.kind === 'directory') {
      open.push({ inode: walked.inode, pathLength: walked.path.length, lastName: '' });
    }
  }
  invariant(open.length > 0, 'a walk starts with the root');
  return tree;
}

function addRoot(tree: TreeTable, walked: WalkedEntry): void {
  invariant(walked.path === '' && walked.inode === 0, 'a walk starts with the root');
  invariant(walked.entry.kind === 'directory', 'the root is a directory');
  addInode(tree, walked);
}

function parentOf(open: OpenDirectory[], { path, name }: WalkedEntry): OpenDirectory {
  const parentLength = Math.max(0, path.length - name.length - 1);
  let parent = open.at(-1);
  while (parent && parent.pathLength > parentLength) {
    open.pop();
    parent = open.at(-1);
  }
  invariant(parent?.pathLength === parentLength, 'a directory comes before what it holds');
  return parent;
}

function addName(tree: TreeTable, walked: WalkedEntry, parent: OpenDirectory): void {
  const { name, inode, entry } = walked;
  checkName(walked);
  invariant(parent.lastName < name, 'the names of a directory come in byte order');
  parent.lastName = name;
  if (inode === tree.inodeCount) addInode(tree, walked);
  else addLink(tree, walked);
  if (entry.kind === 'directory') tree.links.set(parent.inode, tree.links.at(parent.inode) + 1);
  tree.nameParents.push(parent.inode);
  tree.nameInodes.push(inode);
  tree.nameTexts.push(tree.arena.addByteString(name));
}

function addLink(tree: TreeTable, { inode, entry }: WalkedEntry): void {
  invariant(inode > 0 && inode < tree.inodeCount, 'inodes are numbered in the order of the walk');
  invariant(entry.kind !== 'directory', 'a directory has one name');
  tree.links.set(inode, tree.links.at(inode) + 1);
}

function addInode(tree: TreeTable, walked: WalkedEntry): void {
  const { entry } = walked;
  tree.firstNames.push(tree.nameCount);
  tree.modes.push(typeOf(walked) | entry.mode);
  tree.uids.push(entry.uid);
  tree.gids.push(entry.gid);
  tree.seconds.push(entry.mtime.seconds);
  tree.nanoseconds.push(entry.mtime.nanoseconds);
  tree.links.push(entry.kind === 'directory' ? 2 : 1);
  tree.sizes.push(sizeOf(entry));
  tree.payloads.push(addPayload(tree, walked));
  tree.xattrs.push(addXattrs(tree, walked));
}

function typeOf(walked: WalkedEntry): number {
  const { kind } = walked.entry;
  if (kind !== 'cidLink') return FILE_TYPE[kind];
  throw limit(walked, 'a link by CID has no form in a Linux filesystem', {
    hint: 'Replace the link by the content it names.',
  });
}

function sizeOf(entry: TreeEntry): number {
  if (entry.kind === 'file') return entry.sizeBytes;
  return entry.kind === 'symlink' ? entry.target.length : 0;
}

function addPayload(tree: TreeTable, walked: WalkedEntry): number {
  const { entry } = walked;
  switch (entry.kind) {
    case 'file':
      return tree.arena.add(entry.content.bytes);
    case 'symlink':
      checkTarget(walked, entry.target);
      return tree.arena.addByteString(entry.target);
    case 'characterDevice':
    case 'blockDevice':
      return deviceNumber(walked, entry);
    default:
      return 0;
  }
}

/** The kernel's 32-bit form: `minor[19:8] | major[11:0] | minor[7:0]`. */
function deviceNumber(walked: WalkedEntry, { major, minor }: DeviceEntry): number {
  if (major > MAX_DEVICE_MAJOR || minor > MAX_DEVICE_MINOR) {
    throw limit(
      walked,
      `device ${major}:${minor} is beyond ${MAX_DEVICE_MAJOR}:${MAX_DEVICE_MINOR}`,
    );
  }
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

function addXattrs(tree: TreeTable, walked: WalkedEntry): number {
  if (walked.entry.xattrs.size === 0) return NO_REFERENCE;
  const body = encodeXattrs(walked.entry.xattrs);
  if ('problem' in body) throw limit(walked, `of its extended attributes, ${body.problem}`);
  tree.omittedXattrs += body.omitted;
  return body.bytes.length === 0 ? NO_REFERENCE : tree.arena.add(body.bytes);
}

function checkName(walked: WalkedEntry): void {
  const { name } = walked;
  if (name.length > MAX_NAME_BYTES) {
    throw limit(walked, `its name has ${name.length} bytes, the limit is ${MAX_NAME_BYTES}`);
  }
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
    throw limit(walked, 'a name is not empty, `.` or `..` and has no slash and no zero byte');
  }
}

function checkTarget(walked: WalkedEntry, target: ByteString): void {
  if (target.length > MAX_TARGET_BYTES) {
    throw limit(walked, `its target has ${target.length} bytes, the limit is ${MAX_TARGET_BYTES}`);
  }
  if (target === '' || target.includes('\0')) {
    throw limit(walked, 'the target of a symbolic link is not empty and has no zero byte');
  }
}

function limit(walked: WalkedEntry, problem: string, options: { hint?: string } = {}): MonoError {
  const path = redact(textOfByteString(walked.path));
  return new MonoError('ROOTFS_LIMIT', `Cannot put \`/${path}\` into an image: ${problem}`, {
    details: { path },
    ...options,
  });
}
