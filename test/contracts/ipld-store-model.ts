import * as fc from '../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import type { IpldStore } from '../../src/lib/store/ipld-store.js';

/** A store that can be closed and opened again with what it held. */
export interface ModelFixture {
  open(): Promise<IpldStore>;
  /** Returns the store as another process would see it later; a store in memory stays what it is. */
  reopen(store: IpldStore): Promise<IpldStore>;
}

/** A step; numbers choose among the blocks put so far. */
type Step =
  | { readonly do: 'raw'; readonly content: number }
  | { readonly do: 'node'; readonly content: number; readonly links: readonly number[] }
  | { readonly do: 'pin' | 'dereference'; readonly block: number }
  | { readonly do: 'gc'; readonly roots: readonly number[] }
  | { readonly do: 'reopen' };

const small = fc.nat({ max: 30 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('raw' as const), content: small }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('node' as const),
        content: fc.nat({ max: 2 }),
        links: fc.array(small, { maxLength: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom('pin', 'dereference'), block: small }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('gc' as const), roots: fc.array(small) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  ),
  { maxLength: 30 },
);

/** What a store is to hold: the plainest thing that can be right. */
class Model {
  /** links of each stored block, by the text of its CID */
  readonly blocks = new Map<string, ReadonlySet<string>>();
  readonly pins = new Map<string, number>();

  references(cid: string): number {
    const linking = [...this.blocks.values()].filter((links) => links.has(cid)).length;
    return linking + (this.pins.get(cid) ?? 0);
  }

  dereference(cid: string): void {
    const pins = this.pins.get(cid) ?? 0;
    if (pins > 0) this.pins.set(cid, pins - 1);
    this.#deleteUnreferenced(cid);
  }

  gc(roots: readonly string[]): void {
    const pinned = [...this.pins].filter(([, count]) => count > 0).map(([cid]) => cid);
    const live = new Set<string>();
    const pending = [...roots, ...pinned];
    for (let cid = pending.pop(); cid !== undefined; cid = pending.pop()) {
      if (live.has(cid)) continue;
      live.add(cid);
      pending.push(...(this.blocks.get(cid) ?? []));
    }
    for (const cid of this.blocks.keys()) if (!live.has(cid)) this.blocks.delete(cid);
  }

  #deleteUnreferenced(cid: string): void {
    const links = this.blocks.get(cid);
    if (!links || this.references(cid) > 0) return;
    this.blocks.delete(cid);
    for (const link of links) this.#deleteUnreferenced(link);
  }
}

/** One run of steps on a store and on the model. */
class Run {
  readonly model = new Model();
  readonly #known: CID[] = [];
  #store: IpldStore;
  readonly #fixture: ModelFixture;

  constructor(store: IpldStore, fixture: ModelFixture) {
    this.#store = store;
    this.#fixture = fixture;
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'raw':
        this.#learn(await this.#store.putRawBlock(Uint8Array.of(step.content)), []);
        return;
      case 'node': {
        const links = this.#stored(step.links);
        this.#learn(await this.#store.putNode([step.content, ...links]), links);
        return;
      }
      case 'gc': {
        const roots = this.#stored(step.roots);
        await this.#store.gc(roots);
        this.model.gc(roots.map(String));
        return;
      }
      case 'reopen':
        this.#store = await this.#fixture.reopen(this.#store);
        return;
      case 'pin':
      case 'dereference':
        await this.#refer(step.do, this.#stored([step.block])[0]);
    }
  }

  async compare(): Promise<void> {
    const present = [];
    for (const cid of this.#known) {
      if (await this.#store.has(cid)) present.push(String(cid));
    }
    expect(new Set(present)).toEqual(new Set(this.model.blocks.keys()));
    for (const cid of this.#known) {
      const counted = await this.#store.getReferenceCount(cid);
      expect(counted).toBe(this.model.references(String(cid)));
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #refer(action: 'pin' | 'dereference', cid: CID | undefined): Promise<void> {
    if (!cid) return;
    const text = String(cid);
    await this.#store[action](cid);
    if (action === 'dereference') this.model.dereference(text);
    else this.model.pins.set(text, (this.model.pins.get(text) ?? 0) + 1);
  }

  #learn(cid: CID, links: readonly CID[]): void {
    if (!this.#known.some((known) => known.equals(cid))) this.#known.push(cid);
    this.model.blocks.set(String(cid), new Set(links.map(String)));
  }

  #stored(numbers: readonly number[]): CID[] {
    const stored = this.#known.filter((cid) => this.model.blocks.has(String(cid)));
    if (stored.length === 0) return [];
    return numbers.map((number) => stored[number % stored.length] as CID);
  }
}

/** Declares the test that drives a store and a plain model through the same random steps. */
export function describeIpldStoreModel(
  name: string,
  options: { readonly fixture: ModelFixture; readonly runs: number },
): void {
  describe(`${name} against a model`, () => {
    it('holds and counts the same after any steps', async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (sequence) => {
          const run = new Run(await options.fixture.open(), options.fixture);
          try {
            for (const step of sequence) await run.take(step);
            await run.compare();
          } finally {
            await run.close();
          }
        }),
        { numRuns: options.runs },
      );
    });
  });
}
