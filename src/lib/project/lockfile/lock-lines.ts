/*
 * The subset of YAML that mono.lock is written in: maps nested by two blanks a level, one `key:` or
 * `key: value` a line, values plain to the end of the line, whole-line comments. It is read line by
 * line, without a YAML library, because every command reads it first.
 */
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';

/** The largest lockfile that is read, in UTF-16 units: room for about 10,000 images. */
export const MAX_LOCKFILE_LENGTH = 16 << 20;

/** A map or a value of a lockfile, with the line on which its key stands (from 1). */
export interface LockNode {
  readonly line: number;
  readonly column: number;
  /** the text after `key: `; absent for a map */
  readonly value?: string;
  readonly children: Map<string, LockNode>;
}

const LINE = /^( *)([^\s:"#'][^\s:"'#]*):(?: (\S(?:.*\S)?))?$/;
const CONFLICT_MARKER = /^(<{7}|={7}|>{7}|\|{7})/;

/**
 * Returns the tree of maps that `text` spells.
 *
 * @throws {MonoError} `LOCKFILE_INVALID` with line and column
 */
export function readLockLines(text: string, path: string): LockNode {
  if (text.length > MAX_LOCKFILE_LENGTH) throw lockInvalid(path, ROOT, 'the file is too large');
  const root: LockNode = { ...ROOT, children: new Map() };
  const open: LockNode[] = [root];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const at = { line: index + 1, column: 1 };
    if (CONFLICT_MARKER.test(line)) throw conflict(path, at);
    addLine(open, line, { path, ...at });
  }
  return root;
}

/** Returns an error about the place `at` of the lockfile `path`. */
export function lockInvalid(
  path: string,
  at: Pick<LockNode, 'line' | 'column'>,
  reason: string,
): MonoError {
  const { line, column } = at;
  return new MonoError('LOCKFILE_INVALID', `Cannot read \`${path}:${line}:${column}\`: ${reason}`, {
    details: { path, line, column },
    hint: 'Take the file back from version control, or delete it and run `mono install`.',
  });
}

const ROOT = { line: 1, column: 1 } as const;

interface LinePlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

function addLine(open: LockNode[], line: string, at: LinePlace): void {
  const match = LINE.exec(line);
  if (!match) throw lockInvalid(at.path, at, `\`${redact(line)}\` is not \`key: value\``);
  const [, indent = '', key = '', value] = match;
  const place = { line: at.line, column: indent.length + 1 };
  const depth = indent.length / 2;
  const parent = open[depth];
  if (!Number.isInteger(depth) || !parent || parent.value !== undefined) {
    throw lockInvalid(at.path, place, 'the indentation is wrong');
  }
  if (parent.children.has(key)) {
    throw lockInvalid(at.path, place, `the key \`${redact(key)}\` stands here twice`);
  }
  const isMap = value === undefined || value === '{}';
  const node: LockNode = { ...place, ...(isMap ? {} : { value }), children: new Map() };
  parent.children.set(key, node);
  open.splice(depth + 1, Infinity, node);
}

function conflict(path: string, at: Pick<LockNode, 'line' | 'column'>): MonoError {
  return new MonoError(
    'LOCKFILE_INVALID',
    `Cannot read \`${path}:${at.line}:${at.column}\`: a merge left a conflict here`,
    {
      details: { path, line: at.line, column: at.column },
      hint: 'Keep the lines of either side, delete the markers, and run `mono install`.',
    },
  );
}
