import { invariant } from '../../errors.js';
import type { StoredBytes } from '../ipld-store.js';
import type { Layout, LayoutTarget } from './layout.js';
import { layoutNodeOf } from './layout-node.js';

/**
 * Parts per node. 256 parts encode to 12 KiB: a file of up to 32 MiB (at 128 KiB per chunk) has one
 * node, 1 TiB has three levels, and a change of one chunk writes 12 KiB per level again.
 */
const FAN_OUT = 256;

/**
 * Returns the layout that joins chunks in a tree of nodes with at most `fanOut` parts each, filled
 * from the left. It holds one open node per level, so memory is O(log n).
 *
 * A node with a single part would say nothing, so that part takes its place one level up.
 */
export function balancedDag(options: { readonly fanOut?: number } = {}): Layout {
  const { fanOut = FAN_OUT } = options;
  invariant(Number.isSafeInteger(fanOut) && fanOut >= 2, 'a node has at least two parts');
  return async (chunks, target) => {
    const tree = new OpenTree(target, fanOut);
    for await (const chunk of chunks) await tree.add(chunk, 0);
    const root = await tree.finish();
    return root ?? { cid: await target.putRawBlock(new Uint8Array(0)), sizeBytes: 0 };
  };
}

/** The nodes along the right edge of the tree, which can still take parts. */
class OpenTree {
  readonly #target: LayoutTarget;
  readonly #fanOut: number;
  readonly #levels: StoredBytes[][] = [];

  constructor(target: LayoutTarget, fanOut: number) {
    this.#target = target;
    this.#fanOut = fanOut;
  }

  async add(part: StoredBytes, level: number): Promise<void> {
    const parts = (this.#levels[level] ??= []);
    parts.push(part);
    if (parts.length < this.#fanOut) return;
    this.#levels[level] = [];
    await this.add(await this.#join(parts), level + 1);
  }

  async finish(): Promise<StoredBytes | undefined> {
    let carried: StoredBytes | undefined;
    for (const parts of this.#levels) {
      if (carried) parts.push(carried);
      carried = parts.length > 0 ? await this.#join(parts) : undefined;
    }
    return carried;
  }

  async #join(parts: readonly StoredBytes[]): Promise<StoredBytes> {
    const [first, second] = parts;
    if (first && !second) return first;
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    return { cid: await this.#target.putNode(layoutNodeOf(parts)), sizeBytes };
  }
}
