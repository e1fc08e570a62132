import { isUtf8 } from 'node:buffer';
import type { ByteString } from '../../base/bytes.js';
import { bytesOfByteString, textOfByteString } from '../../base/bytes.js';
import type { Timestamp, TreeEntry } from '../../fs/entry.js';

/** What an entry is, as `mono diff --json` and `mono merge --json` print it. */
export interface EntryFacts {
  readonly type: TreeEntry['kind'];
  /** permission bits in octal: `0755` */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  /** values in base 64, by name */
  readonly xattrs: Readonly<Record<string, string>>;
  /** size of a regular file; `null` for anything else */
  readonly sizeBytes: number | null;
  /** CID of what a file or directory holds; `null` for anything else */
  readonly content: string | null;
  /** target of a link; `null` for anything else */
  readonly target: string | null;
  /** `major:minor` of a device; `null` for anything else */
  readonly device: string | null;
}

/** A path as JSON can say it. */
export interface PathText {
  /** from the root, with a leading slash; U+FFFD stands for what is not UTF-8 */
  readonly path: string;
  /** the bytes of the path; only where they are not UTF-8 */
  readonly pathBase64?: string;
}

/** Returns what `entry` is; `null` for nothing. */
export function factsOf(entry: TreeEntry | undefined): EntryFacts | null {
  if (entry === undefined) return null;
  const { kind, mode, uid, gid, mtime, xattrs } = entry;
  return {
    type: kind,
    mode: modeText(mode),
    uid,
    gid,
    mtime,
    xattrs: Object.fromEntries(
      [...xattrs].map(([name, value]) => [
        textOfByteString(name),
        Buffer.from(value).toString('base64'),
      ]),
    ),
    sizeBytes: kind === 'file' ? entry.sizeBytes : null,
    content: contentText(entry),
    target: targetText(entry),
    device: 'major' in entry ? `${entry.major}:${entry.minor}` : null,
  };
}

/** Returns permission bits in octal, as `chmod` takes them. */
export function modeText(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** Returns `path` for JSON. */
export function pathText(path: ByteString): PathText {
  const absolute = `/${path}` as ByteString;
  const bytes = bytesOfByteString(absolute);
  const text = { path: textOfByteString(absolute) };
  return isUtf8(bytes) ? text : { ...text, pathBase64: Buffer.from(bytes).toString('base64') };
}

function contentText(entry: TreeEntry): string | null {
  if (entry.kind === 'file') return entry.content.toString();
  return entry.kind === 'directory' ? entry.entries.toString() : null;
}

function targetText(entry: TreeEntry): string | null {
  if (entry.kind === 'symlink') return textOfByteString(entry.target);
  return entry.kind === 'cidLink' ? entry.target.toString() : null;
}
