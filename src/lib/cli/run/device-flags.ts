import { readFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { ioError } from '../../io/io-error.js';
import type { DeviceSettings } from '../../project/sandbox/device-settings.js';
import {
  parseTmpfs,
  parseVolume,
  TMPFS_RULE,
  VOLUME_RULE,
} from '../../project/sandbox/mount-setting.js';
import { parsePort, PORT_RULE } from '../../project/sandbox/port-setting.js';

/** The flags of `run` that give a machine devices. */
export const DEVICE_FLAGS = {
  publish: Flags.string({
    char: 'p',
    summary: 'forward a port of this host to the sandbox',
    helpValue: '[[ADDRESS:]PORT:]PORT[/udp]',
    multiple: true,
    multipleNonGreedy: true,
    env: 'MONO_PUBLISH',
  }),
  volume: Flags.string({
    char: 'v',
    summary: 'share a directory, or mount a named volume',
    helpValue: 'SOURCE:PATH[:ro]',
    multiple: true,
    multipleNonGreedy: true,
    env: 'MONO_VOLUME',
  }),
  tmpfs: Flags.string({
    summary: 'mount a filesystem in memory',
    helpValue: 'PATH[:SIZE]',
    multiple: true,
    multipleNonGreedy: true,
    env: 'MONO_TMPFS',
  }),
  network: Flags.option({
    options: ['none', 'outbound'] as const,
    summary: 'what the sandbox reaches (default outbound)',
    env: 'MONO_NETWORK',
  })(),
  'read-only': Flags.boolean({
    summary: 'let nothing be written to the root filesystem',
    allowNo: true,
    env: 'MONO_READ_ONLY',
  }),
  persist: Flags.boolean({
    summary: 'keep what is written to the root filesystem until the sandbox is removed',
    allowNo: true,
    env: 'MONO_PERSIST',
  }),
};

/** What {@link DEVICE_FLAGS} give. */
export interface DeviceFlagValues {
  readonly publish?: readonly string[] | undefined;
  readonly volume?: readonly string[] | undefined;
  readonly tmpfs?: readonly string[] | undefined;
  readonly network?: 'none' | 'outbound' | undefined;
  readonly 'read-only'?: boolean | undefined;
  readonly persist?: boolean | undefined;
}

/**
 * Returns the devices that flags ask for.
 *
 * @throws {MonoError} `USAGE_INVALID`
 */
export function devicesOfFlags(flags: DeviceFlagValues): DeviceSettings {
  if (flags['read-only'] && flags.persist) {
    throw new MonoError('USAGE_INVALID', 'Cannot keep writes of a sandbox that makes none', {
      hint: 'Give one of --read-only and --persist.',
    });
  }
  return {
    network: flags.network,
    ports: (flags.publish ?? []).map(
      (text) => parsePort(text) ?? refuse('publish', text, PORT_RULE),
    ),
    mounts: [
      ...(flags.volume ?? []).map((text) =>
        accepted(parseVolume(text), ['volume', text, VOLUME_RULE]),
      ),
      ...(flags.tmpfs ?? []).map((text) => accepted(parseTmpfs(text), ['tmpfs', text, TMPFS_RULE])),
    ],
    readOnly: flags['read-only'],
    persist: flags.persist,
  };
}

/** Larger files are no lists of variables. */
const MAX_ENV_FILE_BYTES = 1024 * 1024;

/**
 * Returns the items (`NAME=VALUE`, `NAME`) of files as Docker reads them: one on each line, nothing
 * is quoted, `#` begins a line that is not read.
 *
 * @throws {MonoError} `IO_FAILED`, `USAGE_INVALID`
 */
export async function itemsOfEnvFiles(paths: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(paths.map(readEnvFile));
  return texts.flatMap((text) =>
    text
      .split(/\r?\n/)
      .map((line) => line.trimStart())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
}

async function readEnvFile(path: string): Promise<string> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    throw ioError(error, 'read the variables in', path);
  }
  if (content.length > MAX_ENV_FILE_BYTES) refuse('env-file', path, 'It is over 1 MiB.');
  return content.toString('utf8').replace(/^\uFEFF/, '');
}

function accepted<T>(value: T | string, [flag, text, rule]: readonly [string, string, string]): T {
  return typeof value === 'string'
    ? refuse(flag, text, `${value.replace(/\.?$/, '.')} ${rule}`)
    : value;
}

function refuse(flag: string, text: string, hint: string): never {
  throw new MonoError('USAGE_INVALID', `Cannot use \`--${flag} ${redact(text)}\``, {
    hint: hint.charAt(0).toUpperCase() + hint.slice(1),
  });
}
