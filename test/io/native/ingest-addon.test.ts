import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadIngestAddon } from '../../../src/lib/io/native/ingest-addon.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();

describe('loadIngestAddon()', () => {
  it('finds the addon that the set-up has built', () => {
    expect(loadIngestAddon()).toBeDefined();
  });

  it('returns nothing in a package without the addon, and looks no further', () => {
    const inner = join(temporary(), 'package/dist/chunks');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(temporary(), 'package/package.json'), '{}');

    expect(loadIngestAddon(inner)).toBeUndefined();
    expect(loadIngestAddon('/')).toBeUndefined();
  });

  it('returns nothing where the addon cannot be loaded', () => {
    mkdirSync(join(temporary(), 'build/native'), { recursive: true });
    writeFileSync(join(temporary(), 'build/native/mono-ingest.node'), 'no library');

    expect(loadIngestAddon(temporary())).toBeUndefined();
  });
});
