import * as dagCbor from '@ipld/dag-cbor';
import * as fc from '../../support/fast-check.js';
import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry, entriesEqual } from '../../../src/lib/fs/node/entry-codec.js';
import { weightOfEntry } from '../../../src/lib/fs/node/entry-rules.js';
import { NodeProblem } from '../../../src/lib/fs/node/read-node.js';
import { anyEntry, anyName } from '../support/arbitrary-entry.js';

const RAW = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku');
const NODE = CID.parse('bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua');
const SHA1 = CID.parse('z8mWaJ1dZ9fH5EetPuRsj8jj26pXsgpsr');
const text = (value: string) => new TextEncoder().encode(value);
const attributes = [0o644, 0, 0, 0, 0, []] as const;
const withAttribute = (index: number, value: unknown) => [
  6,
  ...attributes.with(index, value as never),
];

describe('encodeEntry()', () => {
  it('is undone by decodeEntry()', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const decoded = decodeEntry(dagCbor.decode(dagCbor.encode(encodeEntry(entry))));

        expect(decoded).toEqual(entry);
        expect(entriesEqual(decoded, entry)).toBe(true);
      }),
    );
  });

  it('gives the same bytes whatever the order of the extended attributes', () => {
    const base = {
      kind: 'fifo',
      mode: 0,
      uid: 0,
      gid: 0,
      mtime: { seconds: 0, nanoseconds: 0 },
    } as const;
    const pairs = [
      ['user.a', text('1')],
      ['user.b', text('2')],
    ] as never[];

    const forward = encodeEntry({ ...base, xattrs: new Map(pairs) });
    const backward = encodeEntry({ ...base, xattrs: new Map(pairs.toReversed()) });

    expect(dagCbor.encode(backward)).toEqual(dagCbor.encode(forward));
  });

  it('never takes more bytes than the weight of the entry', () => {
    fc.assert(
      fc.property(anyName, anyEntry, (name, entry) => {
        const item = [new Uint8Array(name.length), ...encodeEntry(entry)];

        expect(dagCbor.encode(item).length).toBeLessThanOrEqual(weightOfEntry(name, entry));
      }),
    );
  });
});

describe('decodeEntry()', () => {
  const refused: readonly { readonly name: string; readonly value: unknown }[] = [
    { name: 'something that is no list', value: { kind: 'file' } },
    { name: 'an empty list', value: [] },
    { name: 'an unknown kind', value: [11] },
    { name: 'a negative kind', value: [-1] },
    { name: 'a kind that is no integer', value: [0.5] },
    { name: 'too few items', value: [6, 0o644, 0, 0, 0, 0] },
    { name: 'too many items', value: [6, ...attributes, 0] },
    { name: 'a mode of more than 12 bits', value: withAttribute(0, 0o10000) },
    { name: 'a negative mode', value: withAttribute(0, -1) },
    { name: 'a uid of more than 32 bits', value: withAttribute(1, 2 ** 32) },
    { name: 'a gid that is no number', value: withAttribute(2, '0') },
    { name: 'a time beyond exact integers', value: withAttribute(3, 2n ** 60n) },
    { name: 'a time with a fraction', value: withAttribute(3, 1.5) },
    { name: 'a billion nanoseconds', value: withAttribute(4, 1_000_000_000) },
    { name: 'negative nanoseconds', value: withAttribute(4, -1) },
    { name: 'extended attributes that are no list', value: withAttribute(5, null) },
    { name: 'an extended attribute without value', value: withAttribute(5, [[text('user.a')]]) },
    { name: 'an extended attribute with a text name', value: withAttribute(5, [['a', text('')]]) },
    {
      name: 'an extended attribute with an empty name',
      value: withAttribute(5, [[text(''), text('')]]),
    },
    {
      name: 'an extended attribute with a long name',
      value: withAttribute(5, [[new Uint8Array(256).fill(65), text('')]]),
    },
    {
      name: 'an extended attribute that is too large',
      value: withAttribute(5, [[text('user.a'), new Uint8Array(65_537)]]),
    },
    {
      name: 'extended attributes out of order',
      value: withAttribute(5, [
        [text('b'), text('')],
        [text('a'), text('')],
      ]),
    },
    {
      name: 'an extended attribute twice',
      value: withAttribute(5, [
        [text('a'), text('')],
        [text('a'), text('')],
      ]),
    },
    { name: 'a file with a negative size', value: [0, ...attributes, -1, RAW] },
    { name: 'a file without content', value: [0, ...attributes, 1, null] },
    { name: 'a file whose content has another hash', value: [0, ...attributes, 1, SHA1] },
    { name: 'a directory whose entries are raw bytes', value: [1, ...attributes, RAW] },
    { name: 'a symbolic link with an empty target', value: [2, ...attributes, text('')] },
    { name: 'a symbolic link with a NUL byte', value: [2, ...attributes, text('a\0')] },
    {
      name: 'a symbolic link with a long target',
      value: [2, ...attributes, new Uint8Array(4096).fill(65)],
    },
    { name: 'a symbolic link with a text target', value: [2, ...attributes, 'a'] },
    { name: 'a device number of more than 32 bits', value: [4, ...attributes, 2 ** 32, 0] },
    { name: 'a tombstone with attributes', value: [8, ...attributes] },
    { name: 'a base link to the root', value: [9, text('')] },
    { name: 'a base link to an absolute path', value: [9, text('/etc/passwd')] },
    { name: 'a base link with `..`', value: [9, text('a/../b')] },
    { name: 'an overlay directory with a number for its mark', value: [10, NODE, 1, []] },
    { name: 'an overlay directory with half its attributes', value: [10, NODE, true, [0o755]] },
    { name: 'an overlay directory without the attribute list', value: [10, NODE, true] },
  ];

  it.each(refused)('refuses $name', ({ value }) => {
    expect(() => decodeEntry(value)).toThrow(NodeProblem);
  });
});
