import type { MonoError } from '../../errors.js';
import { closestWord } from '../../base/closest-word.js';
import { MAX_CPUS } from '../../vm/sandbox-spec.js';
import type { YamlEntry, YamlValue } from '../project-file/yaml-value.js';
import type { DeviceSettings } from './device-settings.js';
import { MEMORY_RULE, parseMemory } from './memory-size.js';
import {
  parseTmpfs,
  parseVolume,
  TMPFS_RULE,
  VOLUME_RULE,
  type MountSetting,
} from './mount-setting.js';
import { parsePort, PORT_RULE } from './port-setting.js';

/** A machine that the project can run by name. What is left out comes from the image. */
export interface SandboxDefinition {
  /** a name of `images` */
  readonly image: string;
  readonly cpus?: number;
  /** guest memory in `MiB` */
  readonly memoryMib?: number;
  readonly env?: ReadonlyMap<string, string>;
  readonly workdir?: string;
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly devices: DeviceSettings;
  /** names of `sandboxes` that run before this one */
  readonly dependsOn: readonly string[];
}

/** Those of Compose where it has them. */
const SANDBOX_KEYS = [
  'image',
  'cpus',
  'memory',
  'env',
  'workdir',
  'user',
  'entrypoint',
  'command',
  'ports',
  'volumes',
  'tmpfs',
  'network',
  'read_only',
  'persist',
  'depends_on',
] as const;
type Fields = Partial<Record<(typeof SANDBOX_KEYS)[number], YamlValue>>;

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Returns the machine that a value below `sandboxes` describes; `imageNames` are those of `images`.
 *
 * @throws {MonoError} `PROJECT_INVALID`
 */
export function readSandbox(value: YamlValue, imageNames: readonly string[]): SandboxDefinition {
  const fields = value.fields(SANDBOX_KEYS);
  if (!fields.image) throw value.fail('a sandbox needs the key `image`');
  return {
    image: readImageName(fields.image, imageNames),
    ...present('cpus', fields.cpus?.integer(1, MAX_CPUS)),
    ...present('memoryMib', fields.memory && readMemory(fields.memory)),
    ...present('env', fields.env && readEnv(fields.env)),
    ...present('workdir', fields.workdir && readWorkdir(fields.workdir)),
    ...present('user', fields.user?.scalar()),
    ...present(
      'entrypoint',
      fields.entrypoint?.items().map((item) => item.scalar()),
    ),
    ...present(
      'command',
      fields.command?.items().map((item) => item.scalar()),
    ),
    devices: readDevices(fields),
    dependsOn: fields.depends_on?.items().map((item) => item.scalar()) ?? [],
  };
}

function readDevices(fields: Fields): DeviceSettings {
  return {
    network: fields.network && readNetwork(fields.network),
    ports: fields.ports?.items().map(readPort),
    mounts: readMounts(fields),
    readOnly: fields.read_only?.boolean(),
    persist: fields.persist?.boolean(),
  };
}

function readMounts({ volumes, tmpfs }: Fields): MountSetting[] {
  const mounts = new Map<string, MountSetting>();
  const written = [
    ...(volumes?.items() ?? []).map((value) => ({ value, mount: readVolume(value) })),
    ...(tmpfs?.items() ?? []).map((value) => ({ value, mount: readTmpfs(value) })),
  ];
  for (const { value, mount } of written) {
    if (mounts.has(mount.guestPath)) throw value.fail(`\`${mount.guestPath}\` is taken already`);
    mounts.set(mount.guestPath, mount);
  }
  return [...mounts.values()];
}

function readVolume(value: YamlValue): MountSetting {
  const mount = parseVolume(value.string());
  if (typeof mount === 'string') throw value.fail(mount, VOLUME_RULE);
  return mount;
}

function readTmpfs(value: YamlValue): MountSetting {
  const mount = parseTmpfs(value.string());
  if (typeof mount === 'string') throw value.fail(mount, TMPFS_RULE);
  return mount;
}

function readPort(value: YamlValue): NonNullable<ReturnType<typeof parsePort>> {
  const port = parsePort(value.scalar());
  if (!port) throw value.fail('not a port to forward', PORT_RULE);
  return port;
}

function readNetwork(value: YamlValue): DeviceSettings['network'] {
  const mode = value.string();
  if (mode === 'none' || mode === 'outbound') return mode;
  throw value.fail('not a kind of network', 'It is `none` or `outbound`.');
}

function readImageName(value: YamlValue, imageNames: readonly string[]): string {
  const name = value.scalar();
  if (imageNames.includes(name)) return name;
  throw value.fail(`no image \`${name}\` stands under \`images\``, suggestion(name, imageNames));
}

function suggestion(name: string, known: readonly string[]): string {
  const near = closestWord(name, known);
  return near === undefined ? `Add it with \`mono install\`.` : `Did you mean \`${near}\`?`;
}

function readMemory(value: YamlValue): number {
  const memory = parseMemory(value.scalar());
  if (memory !== undefined) return memory;
  throw value.fail('not a size of memory', MEMORY_RULE);
}

function readEnv(value: YamlValue): Map<string, string> {
  const env = new Map<string, string>();
  for (const [name, entry] of value.entries()) {
    if (!ENV_NAME.test(name)) throw notAVariable(entry);
    env.set(name, entry.value.isEmpty ? '' : entry.value.scalar());
  }
  return env;
}

function notAVariable(entry: YamlEntry): MonoError {
  return entry.key.fail('not the name of an environment variable');
}

function readWorkdir(value: YamlValue): string {
  const path = value.string();
  if (path.startsWith('/')) return path;
  throw value.fail('the working directory must be an absolute path');
}

function present<Key extends string, T>(key: Key, value: T | undefined): Partial<Record<Key, T>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, T>>);
}
