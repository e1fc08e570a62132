import type { MonoError } from '../../errors.js';
import { isMonoError } from '../../errors.js';
import { MAX_CPUS, MAX_MEMORY_MIB, MIN_MEMORY_MIB } from '../../vm/sandbox-spec.js';
import { closestWord } from '../../base/closest-word.js';
import { isName, NAME_RULE } from '../requirement/image-name.js';
import { parseRequirement, type Requirement } from '../requirement/requirement.js';
import { readYaml, type YamlEntry, type YamlOrigin, type YamlValue } from './yaml-value.js';

/** The name of a project's file. */
export const PROJECT_FILE_NAME = 'mono.yaml';

/** What `mono.yaml` says; the format is `docs/formats/project-file.md`. */
export interface ProjectFile {
  /** requirements by the names that the project gives them */
  readonly images: ReadonlyMap<string, Requirement>;
  readonly sandboxes: ReadonlyMap<string, SandboxDefinition>;
}

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
}

const SANDBOX_KEYS = [
  'image',
  'cpus',
  'memory',
  'env',
  'workdir',
  'user',
  'entrypoint',
  'command',
] as const;
const MEMORY = /^(\d{1,9})(MiB|GiB)$/;

/** What a size of memory must be, as a hint. */
export const MEMORY_RULE = `Write it as \`512MiB\` or \`2GiB\`; at least ${MIN_MEMORY_MIB}MiB.`;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Returns what the text of a project file says.
 *
 * @throws {MonoError} `PROJECT_INVALID` with line and column
 */
export function readProjectFile(text: string, path: string): ProjectFile {
  const origin: YamlOrigin = { path, code: 'PROJECT_INVALID' };
  const { images, sandboxes } = readYaml(text, origin).root.fields(['images', 'sandboxes']);
  const requirements = readNamed(images, readRequirement);
  return {
    images: requirements,
    sandboxes: readNamed(sandboxes, (value) => readSandbox(value, [...requirements.keys()])),
  };
}

/**
 * Returns the `MiB` that `text` (`512MiB`, `2GiB`) stands for, or `undefined` when it is not such a
 * size or outside `MIN_MEMORY_MIB` to `MAX_MEMORY_MIB`.
 */
export function parseMemory(text: string): number | undefined {
  const match = MEMORY.exec(text);
  if (!match) return undefined;
  const mib = Number(match[1]) * (match[2] === 'GiB' ? 1024 : 1);
  return mib >= MIN_MEMORY_MIB && mib <= MAX_MEMORY_MIB ? mib : undefined;
}

function readNamed<T>(value: YamlValue | undefined, read: (value: YamlValue) => T): Map<string, T> {
  const named = new Map<string, T>();
  for (const [name, entry] of value?.entries() ?? []) {
    if (!isName(name)) throw entry.key.fail('not a valid name', NAME_RULE);
    named.set(name, read(entry.value));
  }
  return named;
}

function readRequirement(value: YamlValue): Requirement {
  const text = value.string();
  try {
    return parseRequirement(text);
  } catch (error) {
    if (!isMonoError(error)) throw error;
    throw value.fail(lowerFirst(error.message), error.hint);
  }
}

function readSandbox(value: YamlValue, imageNames: readonly string[]): SandboxDefinition {
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
  };
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

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
