/*
 * Edits of mono.yaml are made in its text, one splice an edit, at the places that the parser names:
 * whatever a person wrote elsewhere (comments, quotes, spacing, order) stays as it is, byte for byte.
 */
import { isMap, isScalar, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import { invariant } from '../../errors.js';
import { readYaml } from './yaml-value.js';

/** Changes to the text of a project file. */
export interface ProjectEdit {
  /** requirements to set, by name; new ones go to their place among names in order, else to the end */
  readonly setImages?: ReadonlyMap<string, string>;
  /** the same, spelt as YAML */
  readonly setSources?: ReadonlyMap<string, string>;
  readonly removeImages?: readonly string[];
  readonly removeSandboxes?: readonly string[];
}

/** The text of a new project's file. */
export const NEW_PROJECT_FILE = `# What this project runs. \`mono install REQUIREMENT\` adds an image; mono.lock, which belongs into
# version control beside this file, holds what the requirements resolve to.
images: {}
`;

/**
 * Returns `text` with `edit` applied. A name that is to be removed and does not exist is passed over.
 *
 * @throws {MonoError} `PROJECT_INVALID`
 */
export function editProjectFile(text: string, path: string, edit: ProjectEdit): string {
  let edited = text;
  for (const [name, value] of edit.setImages ?? []) {
    edited = setEntry(openFile(edited, path), 'images', { name, value: scalarText(value) });
  }
  for (const [name, value] of edit.setSources ?? []) {
    edited = setEntry(openFile(edited, path), 'images', { name, value });
  }
  for (const name of edit.removeImages ?? []) {
    edited = removeEntry(openFile(edited, path), 'images', name);
  }
  for (const name of edit.removeSandboxes ?? []) {
    edited = removeEntry(openFile(edited, path), 'sandboxes', name);
  }
  return edited;
}

interface OpenFile {
  readonly text: string;
  readonly document: Document;
}

interface EntryText {
  readonly name: string;
  readonly value: string;
}

function openFile(text: string, path: string): OpenFile {
  return { text, document: readYaml(text, { path, code: 'PROJECT_INVALID' }).document };
}

/** Plain where that cannot be misread, inside `{ }` too; quoted otherwise. */
function scalarText(value: string): string {
  return /^[a-z0-9][^[\]{},#"']*$/.test(value) ? value : JSON.stringify(value);
}

function setEntry(file: OpenFile, section: string, entry: EntryText): string {
  const { text, document } = file;
  const line = `${entry.name}: ${entry.value}`;
  const pair = findPair(document.contents, section);
  if (!pair)
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${section}:\n  ${line}\n`;
  if (!isMap(pair.value) || pair.value.items.length === 0) {
    return splice(text, [endOf(pair.key), emptyValueEnd(text, pair)], `:\n  ${line}`);
  }
  const existing = findPair(pair.value, entry.name);
  if (existing) return splice(text, span(existing.value), entry.value);
  const last = pair.value.items.at(-1);
  invariant(last, 'a map with items has a last one');
  if (pair.value.flow) return splice(text, at(pairEnd(last)), `, ${line}`);
  const indent = ' '.repeat(columnOf(text, startOf(last.key)));
  const previous = previousOf(pair.value, entry.name);
  const after = previous ? pairEnd(previous) : endOf(pair.key);
  return insertLine(text, after, `${indent}${line}`);
}

/**
 * The pair behind which `name` goes: its place where names stand in order, so that two branches that
 * add different ones seldom touch the same lines; the end where they do not. `undefined`: the top.
 */
function previousOf(map: YAMLMap, name: string): Pair | undefined {
  const names = map.items.map(({ key }) => (isScalar(key) ? String(key.value) : ''));
  const isOrdered = names.every((it, index) => index === 0 || (names[index - 1] ?? '') < it);
  const next = isOrdered ? names.findIndex((it) => it > name) : -1;
  return next === -1 ? map.items.at(-1) : map.items[next - 1];
}

function removeEntry({ text, document }: OpenFile, section: string, name: string): string {
  const sectionPair = findPair(document.contents, section);
  const map = sectionPair?.value;
  const pair = findPair(map, name);
  if (!sectionPair || !isMap(map) || !pair) return text;
  if (map.items.length === 1) {
    const end = map.flow ? endOf(map) : pairEnd(pair);
    return splice(text, [endOf(sectionPair.key), end], ': {}');
  }
  return map.flow ? removeFromFlow(text, map, pair) : removeLines(text, pair);
}

function removeFromFlow(text: string, map: YAMLMap, pair: Pair): string {
  const index = map.items.indexOf(pair);
  const next = map.items[index + 1];
  if (next) return splice(text, [startOf(pair.key), startOf(next.key)], '');
  const previous = map.items[index - 1];
  invariant(previous, 'a map of two or more has a neighbour');
  return splice(text, [pairEnd(previous), pairEnd(pair)], '');
}

function removeLines(text: string, pair: Pair): string {
  const start = text.lastIndexOf('\n', startOf(pair.key) - 1) + 1;
  const newline = text.indexOf('\n', pairEnd(pair));
  return splice(text, [start, newline === -1 ? text.length : newline + 1], '');
}

function insertLine(text: string, after: number, line: string): string {
  const newline = text.indexOf('\n', after);
  return newline === -1 ? `${text}\n${line}\n` : splice(text, at(newline), `\n${line}`);
}

function findPair(map: unknown, name: string): Pair | undefined {
  if (!isMap(map)) return undefined;
  return map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
}

/** The end of `key: {}`, or of `key:` and nothing. */
function emptyValueEnd(text: string, pair: Pair): number {
  if (isMap(pair.value)) return endOf(pair.value);
  return text.indexOf(':', endOf(pair.key)) + 1;
}

/** Where a pair's text ends, line breaks and comments behind it left out. */
function pairEnd(pair: Pair): number {
  const { value } = pair;
  if (isMap(value) && !value.flow) {
    const last = value.items.at(-1);
    if (last) return pairEnd(last);
  }
  return (value as Node | null)?.range?.[1] ?? endOf(pair.key) + 1;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

function startOf(node: unknown): number {
  return span(node)[0];
}

function endOf(node: unknown): number {
  return span(node)[1];
}

function span(node: unknown): readonly [number, number] {
  const range = (node as Node | null)?.range;
  invariant(range, 'a parsed node has a range');
  return [range[0], range[1]];
}

function at(offset: number): readonly [number, number] {
  return [offset, offset];
}

function splice(text: string, [start, end]: readonly [number, number], piece: string): string {
  return text.slice(0, start) + piece + text.slice(end);
}
