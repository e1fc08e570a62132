import { describe, expect, it } from 'vitest';
import {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  platformDistance,
} from '../../src/lib/registry/platform.js';

describe('parsePlatform()', () => {
  const goodPlatforms: readonly [string, string][] = [
    ['linux/amd64', 'linux/amd64'],
    ['linux/arm64/v8', 'linux/arm64/v8'],
    ['linux/arm/v7', 'linux/arm/v7'],
    ['linux/aarch64', 'linux/arm64'],
    ['Linux/x86_64', 'linux/amd64'],
    ['linux/i386', 'linux/386'],
    ['windows/amd64', 'windows/amd64'],
  ];
  it.each(goodPlatforms)('reads %s as %s', (text, formatted) => {
    expect(formatPlatform(parsePlatform(text))).toBe(formatted);
  });

  const badPlatforms = [
    '',
    'linux',
    'linux/',
    '/amd64',
    'linux/amd64/',
    'linux/arm64/v8/x',
    'linux/a md64',
    'linux/\u001b',
    `linux/${'a'.repeat(200)}`,
  ];
  it.each(badPlatforms)('rejects %j', (text) => {
    expect(() => parsePlatform(text)).toThrow(
      expect.objectContaining({ code: 'PLATFORM_INVALID' }),
    );
  });
});

describe('hostPlatform()', () => {
  it.each([
    ['x64', 'linux/amd64'],
    ['arm64', 'linux/arm64'],
    ['arm', 'linux/arm/v7'],
    ['riscv64', 'linux/riscv64'],
    ['ppc64', 'linux/ppc64le'],
    ['s390x', 'linux/s390x'],
  ])('maps %s to %s', (architecture, platform) => {
    expect(formatPlatform(hostPlatform(architecture))).toBe(platform);
  });

  it('rejects an architecture that no image is built for', () => {
    expect(() => hostPlatform('mips')).toThrow(
      expect.objectContaining({ code: 'PLATFORM_INVALID' }),
    );
  });
});

describe('platformDistance()', () => {
  it.each([
    ['linux/amd64', 'linux/amd64', 0],
    ['linux/amd64', 'linux/amd64/v1', 0],
    ['linux/amd64', 'linux/amd64/v2', undefined],
    ['linux/amd64/v3', 'linux/amd64', 2],
    ['linux/amd64/v3', 'linux/amd64/v2', 1],
    ['linux/arm64', 'linux/arm64/v8', 0],
    ['linux/arm64/v8', 'linux/arm64', 0],
    ['linux/arm64', 'linux/aarch64', 0],
    ['linux/arm64', 'linux/arm64/v9', undefined],
    ['linux/arm64/v9', 'linux/arm64/v8', 1],
    ['linux/arm', 'linux/arm/v7', 0],
    ['linux/arm/v7', 'linux/arm/v6', 1],
    ['linux/arm/v7', 'linux/arm/v5', 2],
    ['linux/arm/v6', 'linux/arm/v7', undefined],
    ['linux/arm64', 'linux/arm/v7', undefined],
    ['linux/amd64', 'windows/amd64', undefined],
    ['linux/amd64', 'unknown/unknown', undefined],
    ['linux/mips64le/softfloat', 'linux/mips64le/softfloat', 0],
    ['linux/mips64le', 'linux/mips64le/softfloat', undefined],
  ])('of wanted %s and offered %s is %s', (wanted, offered, distance) => {
    expect(platformDistance(platform(wanted), platform(offered))).toBe(distance);
  });
});

/** As an index may spell it: nothing made canonical. */
function platform(text: string) {
  const [os = '', architecture = '', variant] = text.split('/');
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}
