import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { uniqueContentBytes } from '../../bench/unique-content.js';
import { writeTar } from '../support/tar-writer.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

describe('uniqueContentBytes()', () => {
  const directory = useTemporaryDirectory();

  it('counts equal contents once and links not at all', async () => {
    const path = join(directory(), 'tree.tar');
    const items = [
      { name: 'a', content: 'equal' },
      { name: 'b', content: 'equal' },
      { name: 'c', content: 'other!' },
      { name: 'd', type: '1', linkName: 'c' },
      { name: 'empty', content: '' },
    ];
    writeFileSync(path, writeTar(items));
    expect(await uniqueContentBytes(path)).toBe(11);
  });
});
