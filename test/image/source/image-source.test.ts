import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import {
  parseImageSource,
  referenceOfSource,
  sourceOfReference,
} from '../../../src/lib/image/source/image-source.js';
import { formatReference, parseReference } from '../../../src/lib/registry/reference.js';

const digest = `sha256:${'a'.repeat(64)}`;

describe('parseImageSource()', () => {
  const good = [
    { text: 'oci:images/app', path: './images/app', shown: 'oci:./images/app' },
    { text: 'oci:./images/app:1.0', path: './images/app', shown: 'oci:./images/app:1.0' },
    { text: 'oci:.', path: './', shown: 'oci:./' },
    { text: 'oci:..:1', path: '../', shown: 'oci:../:1' },
    { text: 'oci-archive:/a/./b/../app.tar', path: '/a/app.tar', shown: 'oci-archive:/a/app.tar' },
    {
      text: 'docker-archive:../x.tar.gz',
      path: '../x.tar.gz',
      shown: 'docker-archive:../x.tar.gz',
    },
    { text: 'car:a@b.car', path: './a@b.car', shown: 'car:./a@b.car' },
    { text: `oci:d:1@${digest}`, path: './d', shown: `oci:./d:1@${digest}` },
  ];
  it.each(good)('reads $text', ({ text, path, shown }) => {
    const source = parseImageSource(text);

    expect(source?.path).toBe(path);
    expect(source && formatReference(referenceOfSource(source))).toBe(shown);
  });

  const bad = [
    'oci:',
    'oci::tag',
    'car:a b',
    'oci:a#b',
    'oci:a:t/x',
    'oci:a\n',
    'oci:"a"',
    'oci:a:',
  ];
  it.each(bad)('refuses %j', (text) => {
    expect(() => parseImageSource(text)).toThrow(
      expect.toSatisfy((error) => isMonoError(error, 'REQUIREMENT_INVALID')),
    );
  });

  it.each(['node:22', 'docker.io/library/oci', 'ocix:a', 'dir:a'])('leaves %s alone', (text) => {
    expect(parseImageSource(text)).toBeUndefined();
  });

  it('gives back what stands in a file, once written', () => {
    const part = fc.stringMatching(/^[a-zA-Z0-9._@+-]{1,12}$/);
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(
        fc.constantFrom('oci', 'car'),
        fc.constantFrom('', './', '../', '/'),
        path,
        (t, s, p) => {
          const source = parseImageSource(`${t}:${s}${p}`);
          const reference = source && referenceOfSource(source);

          expect(reference && parseImageSource(formatReference(reference))).toEqual(source);
          expect(reference && sourceOfReference(reference)).toEqual(source);
        },
      ),
    );
  });
});

describe('sourceOfReference()', () => {
  it.each(['oci:5000/app', 'node', '127.0.0.1:5000/a'])('takes %s for a registry', (text) => {
    expect(sourceOfReference(parseReference(text))).toBeUndefined();
  });
});
