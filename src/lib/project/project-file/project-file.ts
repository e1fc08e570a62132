import { isMonoError } from '../../errors.js';
import { readReleaseAge } from '../policy/read-release-age.js';
import { isName, NAME_RULE } from '../requirement/image-name.js';
import { parseRequirement, type Requirement } from '../requirement/requirement.js';
import { readSandbox, type SandboxDefinition } from '../sandbox/sandbox-definition.js';
import { readYaml, type YamlOrigin, type YamlValue } from './yaml-value.js';

/** The name of a project's file. */
export const PROJECT_FILE_NAME = 'mono.yaml';

/** What `mono.yaml` says; the format is `docs/formats/project-file.md`. */
export interface ProjectFile {
  /** requirements by the names that the project gives them */
  readonly images: ReadonlyMap<string, Requirement>;
  readonly sandboxes: ReadonlyMap<string, SandboxDefinition>;
  /** how long a machine must have known a release before it is taken, in `ms` */
  readonly minimumReleaseAgeMs?: number | undefined;
}

const ROOT_KEYS = ['images', 'sandboxes', 'minimumReleaseAge'] as const;

/**
 * Returns what the text of a project file says.
 *
 * @throws {MonoError} `PROJECT_INVALID` with line and column
 */
export function readProjectFile(text: string, path: string): ProjectFile {
  const origin: YamlOrigin = { path, code: 'PROJECT_INVALID' };
  const { root } = readYaml(text, origin);
  const { images, sandboxes, minimumReleaseAge } = root.fields(ROOT_KEYS);
  const requirements = readNamed(images, readRequirement);
  const names = [...requirements.keys()];
  const named = readNamed(sandboxes, (value) => readSandbox(value, names));
  checkDependencies(sandboxes, named);
  const minimumReleaseAgeMs = readReleaseAge(minimumReleaseAge);
  return {
    images: requirements,
    sandboxes: named,
    ...(minimumReleaseAgeMs === undefined ? {} : { minimumReleaseAgeMs }),
  };
}

/** @throws {MonoError} `PROJECT_INVALID` where a sandbox needs one that is not there, or itself */
function checkDependencies(
  sandboxes: YamlValue | undefined,
  named: ProjectFile['sandboxes'],
): void {
  for (const [name, entry] of sandboxes?.entries() ?? []) {
    const dependsOn = named.get(name)?.dependsOn ?? [];
    const unknown = dependsOn.find((it) => !named.has(it));
    if (unknown !== undefined) {
      throw entry.key.fail(`it depends on \`${unknown}\`, which is no sandbox`);
    }
    if (needs(named, dependsOn).has(name)) throw entry.key.fail('it depends on itself');
  }
}

/** Returns `names` and everything that they depend on. */
function needs(named: ProjectFile['sandboxes'], names: readonly string[]): Set<string> {
  const found = new Set(names);
  for (const name of found) named.get(name)?.dependsOn.forEach((next) => found.add(next));
  return found;
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

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
