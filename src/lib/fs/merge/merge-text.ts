/** Three-way merge of text, line by line: pure algebra on the bytes of three files. */
import { diff3Merge } from 'node-diff3';
import type { ByteString } from '../../base/bytes.js';
import { byteStringFromBytes, bytesOfByteString } from '../../base/bytes.js';

/**
 * The largest file that is merged as text, in `bytes`: configuration and source code are smaller by
 * far, and a merge takes several times as much memory.
 */
export const MAX_TEXT_BYTES = 1024 * 1024;

/**
 * The most lines of a side, those left out that all three begin and end with. The work can grow with
 * the product of two sides: some 0.5 s at this length.
 */
export const MAX_TEXT_LINES = 10_000;

/** The bytes of a file on three sides; a base that has no such file is empty. */
export interface TextSides {
  readonly base: Uint8Array;
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
}

/** The outcome of merging three texts. */
export interface TextMerge {
  /** the merged text; where both sides changed the same lines, all three between markers */
  readonly bytes: Uint8Array;
  /** how many places have markers */
  readonly conflictCount: number;
}

/**
 * Merges the lines that two sides changed. Lines end with a line feed, which belongs to them; bytes
 * need not be UTF-8. Returns `undefined` for what is not merged as text: a side with a NUL byte, or
 * beyond {@link MAX_TEXT_BYTES} or {@link MAX_TEXT_LINES}.
 */
export function mergeText({ base, ours, theirs }: TextSides): TextMerge | undefined {
  const sides = [ours, base, theirs];
  if (!sides.every(isText)) return undefined;
  const lines = sides.map(linesOf) as ThreeSides;
  const head = commonHead(lines);
  const tail = commonHead(lines.map((side) => side.slice(head).reverse()));
  const [a, o, b] = lines.map((side) => side.slice(head, side.length - tail)) as ThreeSides;
  if (Math.max(a.length, o.length, b.length) > MAX_TEXT_LINES) return undefined;
  const regions = diff3Merge(a, o, b, {}) as Region[];
  const [first] = lines;
  const merged = [
    ...first.slice(0, head),
    ...regions.flatMap(({ conflict, ok }) => (conflict ? marked(conflict) : (ok ?? []))),
    ...first.slice(first.length - tail),
  ];
  const conflictCount = regions.filter(({ conflict }) => conflict).length;
  return { bytes: bytesOfByteString(merged.join('') as ByteString), conflictCount };
}

/** Lines of ours, of the base, of theirs. */
type ThreeSides = [string[], string[], string[]];

function isText(bytes: Uint8Array): boolean {
  return bytes.length <= MAX_TEXT_BYTES && !bytes.includes(0);
}

/** What `diff3Merge` returns a list of; its own types do not say. */
interface Region {
  readonly ok?: readonly string[];
  readonly conflict?: Conflict;
}

interface Conflict {
  readonly a: readonly string[];
  readonly o: readonly string[];
  readonly b: readonly string[];
}

function linesOf(bytes: Uint8Array): string[] {
  return byteStringFromBytes(bytes).match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function commonHead([first = [], ...others]: readonly (readonly string[])[]): number {
  let count = 0;
  while (count < first.length && others.every((lines) => lines[count] === first[count])) count++;
  return count;
}

/** The markers of `diff3 -m`. A side whose last line has no line feed gets one. */
function marked({ a, b, o }: Conflict): string[] {
  return [
    '<<<<<<< ours\n',
    ...terminated(a),
    '||||||| base\n',
    ...terminated(o),
    '=======\n',
    ...terminated(b),
    '>>>>>>> theirs\n',
  ];
}

function terminated(lines: readonly string[]): readonly string[] {
  const last = lines.at(-1);
  if (last === undefined || last.endsWith('\n')) return lines;
  return [...lines.slice(0, -1), `${last}\n`];
}
