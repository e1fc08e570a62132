import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceOfReference } from '../../../src/lib/image/source/image-source.js';
import { imageOrigins } from '../../../src/lib/project/verify/image-references.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const BOX = `sha256:${'a'.repeat(64)}`;
const WEB = `sha256:${'b'.repeat(64)}`;

describe('imageOrigins()', () => {
  const directory = useTemporaryDirectory();

  it('knows an image that came from a directory as well as one from a registry', async () => {
    writeFileSync(
      join(directory(), 'mono.yaml'),
      'images:\n  box: oci:./box:1.0.0\n  web: example.test/web:1.0.0\n',
    );
    const locks = [
      lockOf('box', 'oci:./box:1.0.0', BOX),
      lockOf('web', 'example.test/web:1.0.0', WEB),
    ];
    writeFileSync(
      join(directory(), 'mono.lock'),
      ['lockfileVersion: 1', 'images:', ...locks, ''].join('\n'),
    );
    const origins = await imageOrigins([directory()], []);
    expect([...origins.values()].map(({ names }) => names)).toEqual([['box'], ['web']]);
    const box = [...origins.values()][0]!.reference;
    expect(sourceOfReference(box)).toMatchObject({ transport: 'oci', path: './box', tag: '1.0.0' });
    expect(box.digest).toBe(BOX);
  });
});

function lockOf(name: string, resolved: string, digest: string): string {
  return `  ${name}:
    requirement: ${resolved}
    resolved: ${resolved}
    digest: ${digest}
    platforms:
      linux/amd64:
        manifest: ${digest}`;
}
