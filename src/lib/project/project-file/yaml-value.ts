/*
 * Reading YAML that people write: every value knows where it stands, so that each complaint names
 * line and column. Anchors, aliases, tags and merge keys are refused: none of our files needs them,
 * and an alias can make a small file grow without bound.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';
import { closestWord } from '../../base/closest-word.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { ErrorCode } from '../../error-codes.js';

/** The largest file that is read, in UTF-16 units; ours have a few hundred. */
export const MAX_YAML_LENGTH = 1 << 20;

/** Where YAML comes from and how its errors are named. */
export interface YamlOrigin {
  readonly path: string;
  readonly code: ErrorCode;
}

/** A YAML document and the reader of its root value. */
export interface YamlFile {
  readonly document: Document;
  readonly root: YamlValue;
}

/**
 * Parses one YAML document.
 *
 * @throws {MonoError} `origin.code` with line and column when it is malformed, has duplicate keys,
 *   or uses anchors, aliases or tags
 */
export function readYaml(text: string, origin: YamlOrigin): YamlFile {
  const lines = new LineCounter();
  if (text.length > MAX_YAML_LENGTH) {
    throw invalid({ origin, line: 1, column: 1 }, `is longer than ${MAX_YAML_LENGTH} characters`);
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw invalid({ origin, line, column: col }, redact(problem.message).toLowerCase());
  }
  refuseIndirection(document, (node, reason) => {
    throw new YamlValue(node, origin, lines).fail(reason);
  });
  return { document, root: new YamlValue(document.contents, origin, lines) };
}

/** A value of a YAML document, with its position. */
export class YamlValue {
  readonly #node: Node | null;
  readonly #origin: YamlOrigin;
  readonly #lines: LineCounter;

  constructor(node: Node | null, origin: YamlOrigin, lines: LineCounter) {
    this.#node = node;
    this.#origin = origin;
    this.#lines = lines;
  }

  /** whether nothing is written here (`key:` alone, `~`, `null`, an empty file) */
  get isEmpty(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  /** Returns the entries of a map, in the order of the file; an empty value is an empty map. */
  entries(): Map<string, YamlEntry> {
    if (this.isEmpty) return new Map();
    if (!isMap(this.#node)) throw this.fail('a map is expected');
    const entries = new Map<string, YamlEntry>();
    for (const { key, value } of this.#node.items) {
      const keyValue = this.#child(key);
      entries.set(keyValue.scalar(), { key: keyValue, value: this.#child(value) });
    }
    return entries;
  }

  /** Returns the entries of a map that may have the keys of `known` only. */
  fields<Key extends string>(known: readonly Key[]): Partial<Record<Key, YamlValue>> {
    const fields: Partial<Record<Key, YamlValue>> = {};
    for (const [name, { key, value }] of this.entries()) {
      const field = known.find((candidate) => candidate === name);
      if (field === undefined) throw key.unknownKey(name, known);
      fields[field] = value;
    }
    return fields;
  }

  /** Returns the values of a list. */
  items(): YamlValue[] {
    if (!isSeq(this.#node)) throw this.fail('a list is expected');
    return this.#node.items.map((item) => this.#child(item));
  }

  /** Returns a string, which may not be written as a number or boolean. */
  string(): string {
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    if (typeof value !== 'string') throw this.fail('a string is expected');
    return value;
  }

  /** Returns a string, or a number or boolean as it is written. */
  scalar(): string {
    if (!isScalar(this.#node) || this.isEmpty) throw this.fail('a string is expected');
    const { value, source } = this.#node;
    return typeof value === 'string' ? value : (source ?? String(value));
  }

  boolean(): boolean {
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    if (typeof value !== 'boolean') throw this.fail('`true` or `false` is expected');
    return value;
  }

  /** Returns an integer between `minimum` and `maximum`. */
  integer(minimum: number, maximum: number): number {
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    if (!Number.isInteger(value) || Number(value) < minimum || Number(value) > maximum) {
      throw this.fail(`an integer from ${minimum} to ${maximum} is expected`);
    }
    return Number(value);
  }

  /** Returns an error about this value. */
  fail(reason: string, hint?: string): MonoError {
    const { line, col } = this.#lines.linePos(this.#node?.range?.[0] ?? 0);
    return invalid(
      { origin: this.#origin, line: Math.max(line, 1), column: Math.max(col, 1) },
      reason,
      hint,
    );
  }

  /** Returns an error that says that the key `name` is none of `known`. */
  unknownKey(name: string, known: readonly string[]): MonoError {
    const near = closestWord(name, known);
    const hint =
      near === undefined
        ? `The keys known here are: ${known.join(', ')}.`
        : `Did you mean \`${near}\`?`;
    return this.fail(`unknown key \`${redact(name)}\``, hint);
  }

  #child(node: unknown): YamlValue {
    return new YamlValue((node ?? null) as Node | null, this.#origin, this.#lines);
  }
}

/** A key of a map and its value. */
export interface YamlEntry {
  readonly key: YamlValue;
  readonly value: YamlValue;
}

function refuseIndirection(document: Document, refuse: (node: Node, reason: string) => void): void {
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) refuse(node, 'aliases are not allowed');
      else if (node.anchor !== undefined) refuse(node, 'anchors are not allowed');
      else if (node.tag !== undefined) refuse(node, 'tags are not allowed');
    },
  });
}

function invalid(
  at: { readonly origin: YamlOrigin; readonly line: number; readonly column: number },
  reason: string,
  hint?: string,
): MonoError {
  const { origin, line, column } = at;
  return new MonoError(origin.code, `Cannot read \`${origin.path}:${line}:${column}\`: ${reason}`, {
    details: { path: origin.path, line, column },
    ...(hint === undefined ? {} : { hint }),
  });
}
