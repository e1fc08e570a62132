import { describe, expect, it } from 'vitest';
import { openKeptVersions } from '../../../src/lib/project/compare/kept-versions.js';
import { releaseVersions } from '../../../src/lib/project/compare/release-versions.js';
import { cidOf, NODE_CODEC } from '../../../src/lib/store/block/block-id.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const directory = useTemporaryDirectory();
const [first, second] = [cidOf(NODE_CODEC, Uint8Array.of(1)), cidOf(NODE_CODEC, Uint8Array.of(2))];

describe('openKeptVersions()', () => {
  it('remembers versions by name', () => {
    const versions = openKeptVersions(directory());
    versions.keep('b', first);
    versions.keep('a', second);
    versions.close();

    const again = openKeptVersions(directory());
    const listed = again.list().map(({ name, cid }) => [name, cid.toString()]);
    again.close();

    expect(listed).toEqual([
      ['a', second.toString()],
      ['b', first.toString()],
    ]);
  });

  it('returns the version that a name is taken from', () => {
    const versions = openKeptVersions(directory());

    const replaced = [first, first, second].map((cid) => versions.keep('a', cid)?.toString());
    versions.close();

    expect(replaced).toEqual([undefined, undefined, first.toString()]);
  });
});

describe('releaseVersions()', () => {
  it('takes all names away', () => {
    const versions = openKeptVersions(directory());
    versions.keep('a', first);
    versions.keep('b', first);

    const released = releaseVersions(versions, ['b', 'a']);

    const left = versions.list();
    versions.close();
    expect(released).toEqual({ versions: ['b', 'a'] });
    expect(left).toEqual([]);
  });

  it('takes none away when one does not exist', () => {
    const versions = openKeptVersions(directory());
    versions.keep('a', first);

    const release = (): unknown => releaseVersions(versions, ['a', 'b']);

    expect(release).toThrow(expect.objectContaining({ code: 'VERSION_NOT_FOUND' }) as Error);
    expect(versions.list()).toHaveLength(1);
    versions.close();
  });
});
