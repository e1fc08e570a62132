import { redact } from '../base/redact.js';
import { MonoError } from '../errors.js';

/** What an image runs on, in the words of Go's GOOS and GOARCH as OCI image-spec v1.1 wants. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** version of the instruction set: `v7`, `v8` */
  readonly variant?: string;
}

/** The longest text that can name a platform; everything real is far below. */
const MAX_PLATFORM_LENGTH = 100;
const PART = /^[a-z0-9][a-z0-9_.-]*$/;

/** What other tools call the same architectures. */
const ARCHITECTURE_ALIASES: Readonly<Record<string, string>> = {
  aarch64: 'arm64',
  x86_64: 'amd64',
  'x86-64': 'amd64',
  i386: '386',
};

/** `process.arch` of Node to platform. */
const HOST_ARCHITECTURES: ReadonlyMap<string, Platform> = new Map([
  ['x64', { os: 'linux', architecture: 'amd64' }],
  ['arm64', { os: 'linux', architecture: 'arm64' }],
  ['arm', { os: 'linux', architecture: 'arm', variant: 'v7' }],
  ['ia32', { os: 'linux', architecture: '386' }],
  ['loong64', { os: 'linux', architecture: 'loong64' }],
  ['ppc64', { os: 'linux', architecture: 'ppc64le' }],
  ['riscv64', { os: 'linux', architecture: 'riscv64' }],
  ['s390x', { os: 'linux', architecture: 's390x' }],
]);

/**
 * Returns the platform that `text` (`os/architecture[/variant]`) names.
 *
 * @throws {MonoError} `PLATFORM_INVALID`
 */
export function parsePlatform(text: string): Platform {
  const parts = text.length <= MAX_PLATFORM_LENGTH ? text.toLowerCase().split('/') : [];
  const [os, architecture, variant] = parts;
  const isComplete = os !== undefined && architecture !== undefined && parts.length <= 3;
  if (!isComplete || !parts.every((part) => PART.test(part))) {
    throw new MonoError('PLATFORM_INVALID', `Cannot read platform \`${redact(text)}\``, {
      details: { platform: redact(text) },
      hint: 'Write a platform as `os/architecture`, such as `linux/amd64` or `linux/arm64/v8`.',
    });
  }
  const canonical = ARCHITECTURE_ALIASES[architecture] ?? architecture;
  return { os, architecture: canonical, ...(variant === undefined ? {} : { variant }) };
}

/** Returns `platform` as `os/architecture[/variant]`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return `${os}/${architecture}${variant === undefined ? '' : `/${variant}`}`;
}

/**
 * Returns the platform of guests on a host whose `process.arch` is `architecture`.
 *
 * @throws {MonoError} `PLATFORM_INVALID` when no image is built for it
 */
export function hostPlatform(architecture: string): Platform {
  const platform = HOST_ARCHITECTURES.get(architecture);
  if (platform) return platform;
  throw new MonoError(
    'PLATFORM_INVALID',
    `Cannot choose a platform for this machine: \`${redact(architecture)}\` is not known`,
    { details: { architecture: redact(architecture) } },
  );
}

/**
 * Returns how well an image for `offered` runs on `wanted`: 0 is an exact match, larger is worse,
 * `undefined` means not at all. A machine runs images for older variants of its architecture; a
 * missing variant is the architecture's base line (`v7` for arm, `v8` for arm64, `v1` for amd64).
 */
export function platformDistance(wanted: Platform, offered: Platform): number | undefined {
  if (wanted.os !== offered.os) return undefined;
  const architecture = canonicalArchitecture(wanted);
  if (architecture !== canonicalArchitecture(offered)) return undefined;
  const wantedLevel = variantLevel(wanted);
  const offeredLevel = variantLevel(offered);
  if (wantedLevel === undefined || offeredLevel === undefined) {
    return wanted.variant === offered.variant ? 0 : undefined;
  }
  return offeredLevel <= wantedLevel ? wantedLevel - offeredLevel : undefined;
}

function canonicalArchitecture({ architecture }: Platform): string {
  return ARCHITECTURE_ALIASES[architecture] ?? architecture;
}

function variantLevel(platform: Platform): number | undefined {
  const baseLines: Readonly<Record<string, number>> = { arm: 7, arm64: 8, amd64: 1 };
  const { variant } = platform;
  if (variant === undefined || variant === '') {
    return baseLines[canonicalArchitecture(platform)] ?? 0;
  }
  const level = /^v([0-9]{1,2}(?:\.[0-9])?)$/.exec(variant)?.[1];
  return level === undefined ? undefined : Number(level);
}
