import { isMonoError } from '../../errors.js';
import { noSuchName } from '../install/add-requirements.js';
import { anchorRequirement } from '../requirement/anchor-requirement.js';
import type { Project } from '../project-file/project-directory.js';
import type { SandboxDefinition } from '../sandbox/sandbox-definition.js';
import {
  formatRequirement,
  parseRequirement,
  type Requirement,
} from '../requirement/requirement.js';

/** What TARGET of `mono run TARGET` may stand for; by default whichever it is. */
export type TargetKind = 'any' | 'image' | 'sandbox';

/** What TARGET stands for. */
export type RunTarget =
  | {
      /** an image that a project names, and the sandbox of that project that was asked for, if one */
      readonly kind: 'named';
      readonly directory: string;
      readonly image: string;
      readonly sandbox?: { readonly name: string; readonly definition: SandboxDefinition };
    }
  | {
      /** what no project names: a kept version, or an image that is to be installed */
      readonly kind: 'new';
      readonly requirement: Requirement;
    };

/**
 * Returns what `target` stands for, looked up in this order: a sandbox of the nearest project, an
 * image of that project by name or by requirement, the same in the user's global project, and last
 * a requirement that is to be installed there.
 *
 * @param projects the nearest project and the global one, as far as they exist
 * @throws {MonoError} `SANDBOX_NOT_FOUND`, `REQUIREMENT_INVALID`, `REFERENCE_INVALID`
 */
export function findRunTarget(
  target: string,
  kind: TargetKind,
  projects: readonly Project[],
): RunTarget {
  for (const project of projects) {
    const found = kind === 'image' ? undefined : findSandbox(target, project);
    if (found) return found;
  }
  if (kind === 'sandbox') throw noSuchName('sandbox', target, sandboxNames(projects));
  for (const project of projects) {
    if (project.file.images.has(target)) return named(project, target);
  }
  const requirement = parseTarget(target, projects);
  const text = formatRequirement(requirement);
  for (const project of projects) {
    for (const [name, it] of project.file.images) {
      const own = anchorRequirement(it, { from: project.directory });
      if (formatRequirement(own) === text) return named(project, name);
    }
  }
  return { kind: 'new', requirement };
}

function findSandbox(target: string, { directory, file }: Project): RunTarget | undefined {
  const definition = file.sandboxes.get(target);
  if (!definition) return undefined;
  const sandbox = { name: target, definition };
  return { kind: 'named', directory, image: definition.image, sandbox };
}

function named({ directory }: Project, image: string): RunTarget {
  return { kind: 'named', directory, image };
}

function parseTarget(target: string, projects: readonly Project[]): Requirement {
  try {
    return parseRequirement(target);
  } catch (error) {
    if (!isMonoError(error) || !/^[\w.-]+$/.test(target)) throw error;
    throw noSuchName('image', target, [...sandboxNames(projects), ...imageNames(projects)]);
  }
}

function sandboxNames(projects: readonly Project[]): string[] {
  return projects.flatMap(({ file }) => [...file.sandboxes.keys()]);
}

function imageNames(projects: readonly Project[]): string[] {
  return projects.flatMap(({ file }) => [...file.images.keys()]);
}
