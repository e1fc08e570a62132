import { describe, expect, it } from 'vitest';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import { parseLayerPath, parseLinkPath } from '../../../src/lib/image/layer/layer-path.js';

const LONGEST_NAME = 'n'.repeat(255);
const LONGEST_PATH = 'n/'.repeat(2047) + 'n';

const good: [name: string, path: string][] = [
  ['a', 'a'],
  ['a/b', 'a/b'],
  ['a/b/', 'a/b'],
  ['./a//./b', 'a/b'],
  ['', ''],
  ['.', ''],
  ['./', ''],
  ['/', ''],
  ['...', '...'],
  ['..a/b..', '..a/b..'],
  ['\xff\x01', '\xff\x01'],
  [LONGEST_NAME, LONGEST_NAME],
  [LONGEST_PATH, LONGEST_PATH],
  [`./${LONGEST_PATH}`, LONGEST_PATH],
];

const bad: [name: string, state: string][] = [
  ['..', '`..`'],
  ['../a', '`..`'],
  ['a/../b', '`..`'],
  ['a/..', '`..`'],
  ['a\0b', 'NUL'],
  [`${LONGEST_NAME}n`, '255 bytes'],
  [`${LONGEST_PATH}/n`, '4095 bytes'],
  ['n/'.repeat(1_000_000), '4095 bytes'],
];

describe('parseLayerPath()', () => {
  it.each(good)('reads `%.40s`', (name, path) => {
    expect(parseLayerPath(name as ByteString)).toBe(path);
  });

  it.each([...bad, ['/etc/passwd', 'absolute'], ['//a', 'absolute']])(
    'refuses `%.40s`',
    (name, state) => {
      expect(() => parseLayerPath(name as ByteString)).toThrow(
        expect.objectContaining({
          code: 'LAYER_UNSAFE_PATH',
          message: expect.stringContaining(state) as string,
        }) as Error,
      );
    },
  );
});

describe('parseLinkPath()', () => {
  it('takes an absolute target as one in the root', () => {
    expect(parseLinkPath('/usr/bin/perl' as ByteString)).toBe('usr/bin/perl');
  });

  it.each(bad)('refuses `%.40s`', (name) => {
    expect(() => parseLinkPath(name as ByteString)).toThrow(
      expect.objectContaining({ code: 'LAYER_UNSAFE_PATH' }) as Error,
    );
  });
});
