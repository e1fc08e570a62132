import type { TreeTable } from './tree-table.js';

/** The names of each directory, grouped: `names[starts[d]] … names[starts[d + 1] - 1]` are those of `d`. */
export interface ChildrenIndex {
  readonly starts: Uint32Array;
  readonly names: Uint32Array;
}

/** Groups the names of `tree` by directory, keeping their order. O(names + inodes). */
export function indexChildren(tree: TreeTable): ChildrenIndex {
  const starts = new Uint32Array(tree.inodeCount + 1);
  for (let name = 0; name < tree.nameCount; name++) {
    const next = tree.nameParents.at(name) + 1;
    starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let inode = 1; inode < starts.length; inode++) {
    starts[inode] = (starts[inode] ?? 0) + (starts[inode - 1] ?? 0);
  }
  const names = new Uint32Array(tree.nameCount);
  const free = starts.slice();
  for (let name = 0; name < tree.nameCount; name++) {
    const parent = tree.nameParents.at(name);
    const place = free[parent] ?? 0;
    names[place] = name;
    free[parent] = place + 1;
  }
  return { starts, names };
}

/** Returns the names of `directory`. */
export function childrenOf(children: ChildrenIndex, directory: number): Uint32Array {
  return children.names.subarray(children.starts[directory], children.starts[directory + 1]);
}
