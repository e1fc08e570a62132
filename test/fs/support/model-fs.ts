import type { Attributes } from '../../../src/lib/fs/entry.js';
import { IMPLICIT_ATTRIBUTES } from '../../../src/lib/fs/entry.js';

/** One step of a layer, on plain paths. */
export type LayerStep =
  | { readonly op: 'file'; readonly path: string; readonly content: number; readonly mode: number }
  | { readonly op: 'directory'; readonly path: string; readonly mode: number }
  | { readonly op: 'link'; readonly path: string; readonly target: string }
  | { readonly op: 'tombstone'; readonly path: string }
  | { readonly op: 'opaque'; readonly path: string };

interface ModelFile {
  readonly kind: 'file';
  readonly content: number;
  readonly mode: number;
}

interface ModelDirectory {
  readonly kind: 'directory';
  mode: number;
  readonly children: Map<string, ModelFile | ModelDirectory>;
}

/**
 * A mutable filesystem that unpacks layers one after the other, as the OCI image specification tells
 * (layer.md) and unpackers do: the plainest thing that flattening can be compared with.
 */
export class ModelFs {
  readonly #root = newDirectory(IMPLICIT_ATTRIBUTES.mode);
  /** paths that the present layer has made, with the directories above them */
  #upper = new Set<string>();
  /** directories that the present layer describes */
  #described = new Set<string>();

  beginLayer(): void {
    this.#upper = new Set();
    this.#described = new Set();
  }

  /** Does one step; returns `false`, and changes nothing, when it is a link to no file. */
  apply(step: LayerStep): boolean {
    switch (step.op) {
      case 'file':
        this.#put(step.path, { kind: 'file', content: step.content, mode: step.mode });
        return true;
      case 'directory':
        this.#putDirectory(step.path, step.mode);
        return true;
      case 'link': {
        const target = this.#find(step.target);
        if (target?.kind !== 'file') return false;
        this.#put(step.path, target);
        return true;
      }
      case 'tombstone':
        this.#remove(step.path);
        return true;
      case 'opaque':
        this.#clear(step.path);
        return true;
    }
  }

  /** Returns one line for each path: kind, mode, content, and the first name of the same file. */
  list(): string[] {
    const lines: string[] = [];
    const first = new Map<ModelFile, string>();
    const visit = (path: string, node: ModelFile | ModelDirectory): void => {
      if (node.kind === 'file') {
        const name = first.get(node) ?? path;
        first.set(node, name);
        lines.push(`${path} file ${node.content} ${node.mode} ${name}`);
        return;
      }
      lines.push(`${path} directory ${node.mode}`);
      for (const name of [...node.children.keys()].sort()) {
        visit(path === '' ? name : `${path}/${name}`, node.children.get(name)!);
      }
    };
    visit('', this.#root);
    return lines;
  }

  #put(path: string, file: ModelFile): void {
    const { parent, name } = this.#makeParent(path);
    parent.children.set(name, file);
    for (const one of this.#described) {
      if (one === path || one.startsWith(`${path}/`)) this.#described.delete(one);
    }
    this.#touch(path);
  }

  #putDirectory(path: string, mode: number): void {
    if (path === '') {
      this.#root.mode = mode;
      return;
    }
    this.#described.add(path);
    const { parent, name } = this.#makeParent(path);
    const present = parent.children.get(name);
    if (present?.kind === 'directory') present.mode = mode;
    else parent.children.set(name, newDirectory(mode));
    this.#touch(path);
  }

  /** Deletes what lower layers have at and below `path`. */
  #remove(path: string): void {
    const { parent, name } = splitLast(path);
    const directory = this.#find(parent);
    if (directory?.kind !== 'directory' || !directory.children.has(name)) return;
    const node = directory.children.get(name);
    if (!this.#upper.has(path)) directory.children.delete(name);
    else if (node?.kind === 'directory') {
      if (!this.#described.has(path)) node.mode = IMPLICIT_ATTRIBUTES.mode;
      this.#clear(path);
    }
  }

  #clear(path: string): void {
    const directory = this.#find(path);
    if (directory?.kind !== 'directory') return;
    for (const name of directory.children.keys())
      this.#remove(path === '' ? name : `${path}/${name}`);
  }

  #makeParent(path: string): { parent: ModelDirectory; name: string } {
    const names = path.split('/');
    const name = names.pop()!;
    let parent = this.#root;
    for (const part of names) {
      let next = parent.children.get(part);
      if (next?.kind !== 'directory') {
        next = newDirectory(IMPLICIT_ATTRIBUTES.mode);
        parent.children.set(part, next);
      }
      parent = next;
    }
    return { parent, name };
  }

  #find(path: string): ModelFile | ModelDirectory | undefined {
    let node: ModelFile | ModelDirectory | undefined = this.#root;
    for (const name of path === '' ? [] : path.split('/')) {
      node = node?.kind === 'directory' ? node.children.get(name) : undefined;
    }
    return node;
  }

  #touch(path: string): void {
    const names = path.split('/');
    for (let length = names.length; length > 0; length -= 1) {
      this.#upper.add(names.slice(0, length).join('/'));
    }
  }
}

/** Returns attributes whose mode is all that tells them apart. */
export function modelAttributes(mode: number): Attributes {
  return { ...IMPLICIT_ATTRIBUTES, mode };
}

function newDirectory(mode: number): ModelDirectory {
  return { kind: 'directory', mode, children: new Map() };
}

function splitLast(path: string): { parent: string; name: string } {
  const at = path.lastIndexOf('/');
  return { parent: path.slice(0, Math.max(at, 0)), name: path.slice(at + 1) };
}
