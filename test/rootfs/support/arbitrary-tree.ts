import * as fc from '../../support/fast-check.js';
import { pattern, type TestEntry } from './test-tree.js';

type Paths = Record<string, TestEntry>;

const byte = (min = 1, max = 255): fc.Arbitrary<string> =>
  fc.integer({ min, max }).map((code) => String.fromCharCode(code));

const name = fc
  .oneof(
    { weight: 8, arbitrary: fc.string({ unit: byte(), minLength: 1, maxLength: 12 }) },
    { weight: 1, arbitrary: fc.string({ unit: byte(0x21, 0x2f), minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.string({ unit: byte(), minLength: 240, maxLength: 255 }) },
  )
  .filter((text) => text !== '.' && text !== '..' && !text.includes('/'));

const size = fc.oneof(
  fc.integer({ min: 0, max: 9000 }),
  fc.constantFrom(0, 1, 4031, 4032, 4033, 4096, 8192, 40_000, 600_000),
);

const xattrName = fc
  .tuple(
    fc.constantFrom('user.', 'trusted.'),
    fc.string({ unit: byte(0x21, 0x7e), minLength: 1, maxLength: 30 }),
  )
  .map(([prefix, rest]) => prefix + rest);

/** The kernel wants user xattrs on files and directories alone, so those of others are `trusted`. */
const attributes = fc.record({
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff_fffe })),
  gid: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff_fffe })),
  // Within what ext4 can hold, for judges that extract to the disk of the host.
  mtime: fc.record({
    seconds: fc.integer({ min: -2_000_000_000, max: 10_000_000_000 }),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  }),
});

const fileXattrs = fc
  .dictionary(
    xattrName,
    fc.integer({ min: 0, max: 1200 }).map((length) => pattern(length)),
    { maxKeys: 5 },
  )
  .map((values) => Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))));

const leaf: fc.Arbitrary<TestEntry> = fc.oneof(
  fc
    .record({ size, seed: fc.nat(1000), common: attributes, xattrs: fileXattrs })
    .map(({ size: length, seed, common, xattrs }): TestEntry => ({
      ...common,
      kind: 'file',
      content: pattern(length, seed),
      xattrs,
    })),
  fc
    .record({
      target: fc.string({ unit: byte(), minLength: 1, maxLength: 4095 }),
      common: attributes,
    })
    .map(({ target, common }): TestEntry => ({
      ...common,
      mode: 0o777,
      kind: 'symlink',
      target: target as never,
    })),
  fc
    .record({
      kind: fc.constantFrom('characterDevice' as const, 'blockDevice' as const),
      major: fc.integer({ min: 0, max: 0xfff }),
      minor: fc.integer({ min: 0, max: 0xfffff }),
      common: attributes,
    })
    .map(({ common, ...device }): TestEntry => ({ ...common, ...device })),
  fc
    .record({ kind: fc.constantFrom('fifo' as const, 'socket' as const), common: attributes })
    .map(({ kind, common }): TestEntry => ({ ...common, kind })),
);

/** A tree of several levels with entries of every kind and some hard links. */
export const arbitraryTree: fc.Arbitrary<Paths> = fc
  .record({
    directories: fc.array(
      fc.record({ name, within: fc.nat(20), common: attributes, xattrs: fileXattrs }),
      { maxLength: 8 },
    ),
    leaves: fc.array(fc.record({ name, within: fc.nat(20), leaf }), { maxLength: 25 }),
    links: fc.array(fc.record({ name, within: fc.nat(20), of: fc.nat(50) }), { maxLength: 5 }),
    root: attributes,
  })
  .map(({ directories, leaves, links, root }) => {
    const paths: Paths = { '': { kind: 'directory', ...root } };
    const places = [''];
    const place = (within: number, last: string): string => {
      const parent = places[within % places.length]!;
      return parent === '' ? last : `${parent}/${last}`;
    };
    for (const { name: last, within, common, xattrs } of directories) {
      const path = place(within, last);
      if (paths[path]) continue;
      paths[path] = { kind: 'directory', ...common, xattrs };
      places.push(path);
    }
    for (const { name: last, within, leaf: entry } of leaves) paths[place(within, last)] ??= entry;
    const files = Object.keys(paths).filter((path) => paths[path]?.kind !== 'directory');
    for (const { name: last, within, of } of links) {
      const target = files[of % files.length];
      if (target === undefined) continue;
      const path = place(within, last);
      if (!paths[path]) addLink(paths, path, target);
    }
    return paths;
  });

/** The first name in the order of the walk has the entry, the other one leads to it. */
function addLink(paths: Paths, path: string, target: string): void {
  paths[path] = { kind: 'hardLink', of: target as never };
}
