import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { byteStringFromBytes } from '../../../src/lib/base/bytes.js';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import {
  compareTrees,
  type TreeComparison,
} from '../../../src/lib/project/compare/compare-trees.js';
import { comparisonDocument } from '../../../src/lib/project/compare/comparison-document.js';
import {
  printDifferences,
  printDifferenceSum,
} from '../../../src/lib/cli/print/print-comparison.js';
import { Output } from '../../../src/lib/cli/terminal/output.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { bytes, fileOf, symlinkTo } from '../../fs/support/trees.js';
import { readSchema, schemaFaults } from '../../support/json-schema.js';

const store = new MemoryStore();
const one = await fileOf(store, 'one');
const three = await fileOf(store, 'three');

type Fill = (builder: ChangeSetBuilder) => void;

describe('compareTrees()', () => {
  it('finds nothing between equal trees', async () => {
    const { differences, sum } = await compare(
      (b) => b.setEntry(bytes('a'), one),
      (b) => b.setEntry(bytes('a'), one),
    );

    expect(differences).toEqual([]);
    expect(Object.values(sum)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('says what is added, removed, changed and renamed, in the order of a walk', async () => {
    const comparison = await compare(
      (b) => {
        b.setEntry(bytes('gone/x'), three);
        b.setEntry(bytes('old'), one);
        b.setEntry(bytes('same'), one);
        b.setEntry(bytes('tuned'), one);
      },
      (b) => {
        b.setEntry(bytes('new'), { ...one, mode: 0o755 });
        b.setEntry(bytes('same'), one);
        b.setEntry(bytes('tuned'), { ...one, mode: 0o600, uid: 7, gid: 8 });
        b.setEntry(bytes('z/y'), symlinkTo('x'));
      },
    );

    expect(printed(comparison)).toEqual([
      'D /gone/',
      'D /gone/x',
      'R /old → /new  mode 0644 → 0755',
      'M /tuned  mode 0644 → 0600, owner 0:0 → 7:8',
      'A /z/',
      'A /z/y',
      '2 added, 2 removed, 1 changed, 1 renamed; +0 B -5 B',
    ]);
  });

  it('lists what is below a directory that became a file, and the other way round', async () => {
    const comparison = await compare(
      (b) => {
        b.setEntry(bytes('a/x'), one);
        b.setEntry(bytes('b'), three);
      },
      (b) => {
        b.setEntry(bytes('a'), three);
        b.setEntry(bytes('b/y'), one);
      },
    );

    const types = printed(comparison).filter((line) => !line.includes(' added, '));
    expect(types.map((line) => line.replace(/, mode .*$/, ''))).toEqual([
      'M /a  type directory → file',
      'D /a/x',
      'M /b/  type file → directory',
      'A /b/y',
    ]);
    expect(comparison.sum).toMatchObject({ addedBytes: 8, removedBytes: 8 });
  });

  it('tells a file that got another name from a copy', async () => {
    const both: Fill = (b) => {
      b.setEntry(bytes('a'), one);
      b.setEntry(bytes('b'), one);
    };
    const linked: Fill = (b) => {
      b.setEntry(bytes('a'), one);
      b.setHardLink(bytes('b'), bytes('a'));
    };

    const comparison = await compare(both, linked);

    expect(printed(comparison).slice(0, -1)).toEqual(['M /a  links', 'M /b  links']);
    expect(comparison.differences.map(({ after }) => after?.kind)).toEqual(['file', 'file']);
  });

  it('names the extended attributes that changed', async () => {
    const xattrs = (text: string): typeof one => ({
      ...one,
      xattrs: new Map([
        [bytes('user.same'), new Uint8Array([1])],
        [bytes('user.a\nb'), new TextEncoder().encode(text)],
      ]),
    });

    const comparison = await compare(
      (b) => b.setEntry(bytes('f'), xattrs('x')),
      (b) => b.setEntry(bytes('f'), xattrs('y')),
    );

    expect(printed(comparison)[0]).toBe('M /f  xattr user.a\\x0ab');
  });

  it('shows no control character and loses no byte of a name', async () => {
    const comparison = await compare(
      () => undefined,
      (b) => {
        b.setEntry(bytes('\u001B[2J'), one);
        b.setEntry(byteStringFromBytes(Uint8Array.of(0xff)), one);
      },
    );

    expect(printed(comparison).slice(0, 2)).toEqual(['A /\\x1b[2J', 'A /\\xff']);
    expect(comparisonDocument(comparison).differences).toMatchObject([
      { path: '/\u001B[2J' },
      { path: '/\uFFFD', pathBase64: 'L/8=' },
    ]);
  });
});

describe('comparisonDocument()', () => {
  it('keeps to the published schema', async () => {
    const comparison = await compare(
      (b) => {
        b.setEntry(bytes('a'), one);
        b.setEntry(bytes('d/x'), three);
      },
      (b) => {
        b.setEntry(bytes('a'), symlinkTo('b'));
        b.setEntry(bytes('e/x'), three);
        b.setEntry(bytes('null'), { ...one, kind: 'characterDevice', major: 1, minor: 3 });
      },
    );

    const document: unknown = JSON.parse(JSON.stringify(comparisonDocument(comparison)));

    expect(schemaFaults(document, readSchema('diff.json'))).toEqual([]);
    expect(document).toMatchObject({
      differences: [
        { status: 'changed', path: '/a', before: { sizeBytes: 3 }, after: { target: 'b' } },
        { status: 'renamed', path: '/e', from: { path: '/d' } },
        { status: 'added', path: '/null', before: null, after: { device: '1:3' } },
      ],
    });
  });
});

async function compare(before: Fill, after: Fill): Promise<TreeComparison> {
  const [first, second] = [await treeOf(before), await treeOf(after)];
  const named = { version: undefined, source: undefined };
  return compareTrees(
    store,
    { target: 'a', root: first, ...named },
    { target: 'b', root: second, ...named },
  );
}

async function treeOf(fill: Fill): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  fill(builder);
  return flatten(store, [await builder.commit()]);
}

function printed({ differences, sum }: TreeComparison): string[] {
  let text = '';
  const stdout = { write: (piece: string) => (text += piece) };
  const streams = { stdout, stderr: stdout };
  const output = new Output({ ...streams, verbosity: 'normal', json: false, color: false });
  printDifferences(output, differences);
  printDifferenceSum(output, sum);
  return text.trimEnd().split('\n');
}
