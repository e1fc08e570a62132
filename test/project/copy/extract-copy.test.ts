import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { archivePath } from '../../../src/lib/project/copy/archive-path.js';
import { extractCopy } from '../../../src/lib/project/copy/extract-copy.js';
import { byteStringFromText } from '../../../src/lib/base/bytes.js';
import { MonoError } from '../../../src/lib/errors.js';
import {
  headerBlock,
  paddingAfter,
  type HeaderFields,
} from '../../../src/lib/rootfs/tar/tar-header.js';
import { rejectionOf } from '../../support/failure.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();

interface Item {
  readonly name: string;
  readonly type?: string;
  readonly link?: string;
  readonly content?: string;
  readonly mode?: number;
}

/** An archive as a guest may send it. */
async function* archiveOf(items: readonly Item[]): AsyncGenerator<Uint8Array> {
  for (const { name, type = '0', link = '', content = '', mode = 0o644 } of items) {
    const fields: HeaderFields = {
      type,
      name: byteStringFromText(name),
      linkName: byteStringFromText(link),
      mode,
      uid: 0,
      gid: 0,
      sizeBytes: content.length,
      mtimeSeconds: 5,
      deviceMajor: 1,
      deviceMinor: 3,
    };
    yield await Promise.resolve(headerBlock(fields));
    if (content === '') continue;
    yield Buffer.from(content);
    yield paddingAfter(content.length);
  }
  yield new Uint8Array(1024);
}

/** Each makes a directory with some files. */
const ROUNDS = 200;
const DIRECTORY = { name: 'd/', type: '5', mode: 0o755 };

/** Archives that would write, or lead, elsewhere. */
const escapes: readonly { readonly name: string; readonly items: readonly Item[] }[] = [
  { name: 'a name with ..', items: [DIRECTORY, { name: 'd/../../x', content: 'x' }] },
  { name: 'an absolute name', items: [{ name: '/etc/x', content: 'x' }] },
  { name: 'another first component', items: [DIRECTORY, { name: 'e', content: 'x' }] },
  { name: 'a directory that was not made', items: [{ name: 'd/sub/x', content: 'x' }] },
  {
    name: 'a symbolic link for a directory',
    items: [DIRECTORY, { name: 'd/l', type: '2', link: '..' }, { name: 'd/l/x', content: 'x' }],
  },
  {
    name: 'a hard link to a file of the host',
    items: [DIRECTORY, { name: 'd/l', type: '1', link: 'etc/passwd' }],
  },
  {
    name: 'a hard link beyond the root',
    items: [DIRECTORY, { name: 'd/l', type: '1', link: '../outside' }],
  },
];

describe('extractCopy()', () => {
  it.each(escapes)('refuses $name', async ({ items }) => {
    const outside = join(temporary(), 'outside');
    writeFileSync(outside, 'mine');

    const error = await rejectionOf(extractCopy(archiveOf(items), join(temporary(), 'target')));

    expect(error.code).toBe('COPY_REFUSED');
    expect(readdirSync(temporary()).sort()).toEqual(
      readdirSync(temporary()).includes('target') ? ['outside', 'target'] : ['outside'],
    );
    expect(readFileSync(outside, 'utf8')).toBe('mine');
  });

  it('writes nothing elsewhere, whatever directories, files and links an archive mixes', async () => {
    const parts = fc.array(fc.constantFrom('a', 'b', '..', '.', ''), { maxLength: 3 });
    const path = parts.map((it) => ['d', ...it].join('/'));
    const target = fc.oneof(path, fc.constantFrom('..', '../outside', '../../outside', '/'));
    const item = fc.record({
      name: path,
      type: fc.constantFrom('0', '1', '2', '5', '6'),
      link: target,
    });
    const archives = fc.array(item, { minLength: 1, maxLength: 12 });

    await fc.assert(
      fc.asyncProperty(archives, async (items) => {
        const home = mkdtempSync(join(temporary(), 'home-'));
        writeFileSync(join(home, 'outside'), 'mine');
        // Only a file has content.
        const archive = items.map((it) => ({ ...it, content: it.type === '0' ? 'new' : '' }));

        const copying = extractCopy(archiveOf([DIRECTORY, ...archive]), join(home, 'target'));
        const error: unknown = await copying.catch((it: unknown) => it);

        if (error instanceof Error) expect(error).toBeInstanceOf(MonoError);
        expect(readdirSync(home).sort()).toEqual(['outside', 'target']);
        expect(readFileSync(join(home, 'outside'), 'utf8')).toBe('mine');
        expect(statSync(join(home, 'outside')).nlink).toBe(1);
      }),
      { numRuns: ROUNDS },
    );
  });

  it('does not take a link in the place of a directory that it has made', async () => {
    const sub = { name: 'd/sub', type: '5', mode: 0o755 };
    const link = { name: 'd/sub', type: '2', link: '..' };
    const items = [DIRECTORY, sub, link, { name: 'd/sub/x', content: 'x' }];

    const error = await rejectionOf(extractCopy(archiveOf(items), join(temporary(), 'target')));

    expect(error.code).toBe('IO_FAILED');
    expect(readdirSync(temporary())).toEqual(['target']);
    expect(lstatSync(join(temporary(), 'target/sub')).isDirectory()).toBe(true);
  });

  it('replaces a symbolic link that stands in the way instead of following it', async () => {
    const outside = join(temporary(), 'outside');
    writeFileSync(outside, 'mine');
    mkdirSync(join(temporary(), 'target'));
    symlinkSync(outside, join(temporary(), 'target/file'));
    symlinkSync(temporary(), join(temporary(), 'target/sub'));

    const sub = { name: 'd/sub', type: '5', mode: 0o755 };
    const items = [
      DIRECTORY,
      { name: 'd/file', content: 'new' },
      sub,
      { name: 'd/sub/outside', content: 'new' },
    ];
    await extractCopy(archiveOf(items), join(temporary(), 'target'));

    expect(readFileSync(outside, 'utf8')).toBe('mine');
    expect(lstatSync(join(temporary(), 'target/sub')).isDirectory()).toBe(true);
    expect(readFileSync(join(temporary(), 'target/file'), 'utf8')).toBe('new');
  });

  it('leaves special bits and devices of the guest behind, and says so', async () => {
    const items = [
      DIRECTORY,
      { name: 'd/su', content: 'x', mode: 0o4755 },
      { name: 'd/null', type: '3' },
    ];

    const report = await extractCopy(archiveOf(items), join(temporary(), 'target'));

    expect(report).toEqual({ writtenEntries: 2, omittedEntries: 1 });
    expect(statSync(join(temporary(), 'target/su')).mode & 0o7777).toBe(0o755);
    expect(statSync(join(temporary(), 'target/su')).mtimeMs).toBe(5000);
    expect(readdirSync(join(temporary(), 'target'))).toEqual(['su']);
  });

  it('keeps times, also of links and of directories that get children later', async () => {
    const items = [
      DIRECTORY,
      { name: 'd/sub/', type: '5', mode: 0o755 },
      { name: 'd/sub/link', type: '2', link: 'nowhere' },
    ];
    mkdirSync(join(temporary(), 'there'));
    const before = statSync(join(temporary(), 'there')).mtimeMs;

    await extractCopy(archiveOf(items), join(temporary(), 'target'));
    await extractCopy(archiveOf([DIRECTORY]), join(temporary(), 'there'));

    const made = ['target', 'target/sub', 'target/sub/link'];
    expect(made.map((name) => lstatSync(join(temporary(), name)).mtimeMs)).toEqual([
      5000, 5000, 5000,
    ]);
    expect(statSync(join(temporary(), 'there')).mtimeMs).toBe(before);
  });

  it('gives back what archivePath() has taken', async () => {
    const source = join(temporary(), 'source');
    mkdirSync(join(source, 'sub'), { recursive: true });
    writeFileSync(join(source, 'sub/größe'), Buffer.alloc(300_000, 'content '), { mode: 0o640 });
    writeFileSync(join(source, 'empty'), '');
    symlinkSync('sub/größe', join(source, 'link'));

    const report = await extractCopy(archivePath(source), join(temporary(), 'copy'));

    expect(report).toEqual({ writtenEntries: 5, omittedEntries: 0 });
    const copy = join(temporary(), 'copy');
    expect(
      readFileSync(join(copy, 'sub/größe')).equals(readFileSync(join(source, 'sub/größe'))),
    ).toBe(true);
    expect(statSync(join(copy, 'sub/größe')).mode & 0o7777).toBe(0o640);
    expect(statSync(join(copy, 'empty')).size).toBe(0);
    expect(readlinkSync(join(copy, 'link'))).toBe('sub/größe');
  });

  it('copies one file under another name', async () => {
    const archive = archiveOf([{ name: 'file', content: 'content' }]);

    await extractCopy(archive, join(temporary(), 'renamed'));

    expect(readFileSync(join(temporary(), 'renamed'), 'utf8')).toBe('content');
  });
});
