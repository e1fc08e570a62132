import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../../src/lib/base/digest.js';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { commitVersion } from '../../../src/lib/fs/version/version.js';
import type { CatalogImage } from '../../../src/lib/image/catalog/catalog-records.js';
import { findTree, type TreePlaces } from '../../../src/lib/project/compare/find-tree.js';
import type { Project } from '../../../src/lib/project/project-file/project-directory.js';
import { parseRequirement } from '../../../src/lib/project/requirement/requirement.js';
import { parsePlatform } from '../../../src/lib/registry/platform.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { bytes, fileOf } from '../../fs/support/trees.js';
import { rejectionOf } from '../../support/failure.js';

const store = new MemoryStore();
const roots = {
  amd64: await treeOf('amd64'),
  arm64: await treeOf('arm64'),
  global: await treeOf('global'),
  kept: await treeOf('kept'),
};
const version = await commitVersion(store, { root: roots.kept, previous: [] });
const REPOSITORY = 'docker.io/library/node';
const INDEX = digest('index');

const places: TreePlaces = {
  projects: [
    project({ node: ['amd64', 'arm64'], missing: ['never installed'] }),
    project({ node: ['global'], tool: ['global'] }),
  ],
  images: [
    image('amd64', 'linux/amd64', roots.amd64),
    image('arm64', 'linux/arm64', roots.arm64),
    { ...image('global', 'linux/amd64', roots.global), index: undefined },
  ],
  versions: [
    { name: 'kept', cid: version },
    { name: 'tool', cid: version },
  ],
  platform: parsePlatform('linux/amd64'),
  store,
};

describe('findTree()', () => {
  const targets = [
    { by: 'the name of an image of the nearest project', target: 'node', root: 'amd64' },
    { by: 'the name of an image of the next project', target: 'tool', root: 'global' },
    { by: 'the requirement of an image', target: 'node@^22', root: 'amd64' },
    { by: 'the name of a kept version', target: 'kept', root: 'kept' },
    { by: 'the CID of a version', target: version.toString(), root: 'kept' },
    { by: 'the CID of a root', target: roots.arm64.toString(), root: 'arm64' },
    { by: 'the digest of a manifest', target: digest('arm64'), root: 'arm64' },
    { by: 'a reference with a digest', target: `${REPOSITORY}@${digest('arm64')}`, root: 'arm64' },
    { by: 'the digest of an index', target: INDEX, root: 'amd64' },
  ] as const;

  it.each(targets)('finds $by', async ({ target, root }) => {
    const found = await findTree(target, places);

    expect(found).toMatchObject({ target });
    expect(found.root.toString()).toBe(roots[root].toString());
  });

  it('takes the variant for the platform', async () => {
    const elsewhere = { ...places, platform: parsePlatform('linux/arm64') };

    const byName = await findTree('node', elsewhere);
    const byIndex = await findTree(INDEX, elsewhere);

    expect([byName, byIndex].map(({ root }) => root.toString())).toEqual(
      Array(2).fill(roots.arm64.toString()),
    );
  });

  it('says which version was named, and where the tree of an image came from', async () => {
    const [image, kept, bare] = await Promise.all(
      ['node', 'kept', roots.kept.toString()].map((target) => findTree(target, places)),
    );

    expect(image).toMatchObject({
      version: undefined,
      source: `${REPOSITORY}:22.4.0@${digest('amd64')}`,
    });
    expect(kept?.version?.toString()).toBe(version.toString());
    expect(bare?.version).toBeUndefined();
  });

  it('fails on what is not installed, not stored or not known', async () => {
    const absent = (await fileOf(new MemoryStore(), 'absent')).content.toString();
    const targets = ['missing', digest('nothing'), absent, 'unknown', 'Not A Name'];

    const codes = [];
    for (const target of targets) codes.push((await rejectionOf(findTree(target, places))).code);

    expect(codes).toEqual([
      ...['IMAGE_NOT_FOUND', 'IMAGE_NOT_FOUND'],
      ...['VERSION_NOT_FOUND', 'IMAGE_NOT_FOUND', 'IMAGE_NOT_FOUND'],
    ]);
  });
});

async function treeOf(text: string): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  builder.setEntry(bytes('f'), await fileOf(store, text));
  return flatten(store, [await builder.commit()]);
}

function digest(name: string): Digest {
  return digestOf(Buffer.from(name));
}

/** Each image has the manifests that are given, for amd64 and arm64 in this order. */
function project(images: Readonly<Record<string, readonly string[]>>): Project {
  const names = Object.keys(images);
  const requirement = (name: string) => parseRequirement(`${name}@^22`);
  const locked = (manifests: readonly string[]) => ({
    requirement: `${REPOSITORY}@^22`,
    resolved: `${REPOSITORY}:22.4.0`,
    digest: INDEX,
    platforms: new Map(
      manifests.map((name, index) => [
        index === 0 ? 'linux/amd64' : 'linux/arm64',
        { manifest: digest(name) },
      ]),
    ),
  });
  return {
    directory: '/project',
    file: { images: new Map(names.map((name) => [name, requirement(name)])), sandboxes: new Map() },
    fileText: '',
    lock: { images: new Map(names.map((name) => [name, locked(images[name]!)])) },
    lockText: undefined,
  };
}

function image(name: string, platform: string, root: CID): CatalogImage {
  const document = (text: string) => ({ digest: digest(text), cid: root });
  return {
    manifest: document(name),
    manifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
    index: { digest: INDEX, cid: root },
    config: document('config'),
    platform,
    chainId: digest('chain'),
    layers: [],
    root,
    unpackedBytes: 0,
    addedAt: 0,
  };
}
