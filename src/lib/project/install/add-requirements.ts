import { closestWord } from '../../base/closest-word.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { formatRepository } from '../../registry/reference.js';
import { isName, NAME_RULE } from '../requirement/image-name.js';
import type { ProjectFile } from '../project-file/project-file.js';
import type { Requirement } from '../requirement/requirement.js';

/** A requirement and the name it is to have in the project. */
export interface NamedRequirement {
  readonly name: string;
  readonly requirement: Requirement;
}

/**
 * Returns `requirements` with the names that they get in `file`: the last component of the
 * repository, or `name` for a single one. A name that stands for the same repository already is
 * used again, so that installing another version replaces the first.
 *
 * @throws {MonoError} `IMAGE_NAME_TAKEN`; `USAGE_INVALID` when two get the same name
 */
export function nameRequirements(
  file: ProjectFile,
  requirements: readonly Requirement[],
  name?: string,
): NamedRequirement[] {
  if (name !== undefined && requirements.length !== 1) {
    throw new MonoError('USAGE_INVALID', 'Cannot give one name to several images', {
      hint: 'Install them one by one.',
    });
  }
  const taken = new Map([...file.images].map(([key, it]) => [key, formatRepository(it.reference)]));
  const chosenNow = new Set<string>();
  return requirements.map((requirement) => {
    const chosen = name ?? defaultName(requirement);
    const repository = formatRepository(requirement.reference);
    if (chosenNow.has(chosen)) throw namedTwice(chosen);
    chosenNow.add(chosen);
    const holder = taken.get(chosen);
    if (holder !== undefined && holder !== repository && name === undefined) {
      throw nameTaken(chosen, holder, repository);
    }
    taken.set(chosen, repository);
    return { name: checkName(chosen), requirement };
  });
}

/** Returns `file` with these images added or replaced. */
export function withImages(file: ProjectFile, added: readonly NamedRequirement[]): ProjectFile {
  const images = new Map(file.images);
  for (const { name, requirement } of added) images.set(name, requirement);
  return { ...file, images };
}

/** Returns the name that an image has when nobody chose one. */
export function defaultName(requirement: Requirement): string {
  const { repository } = requirement.reference;
  const last = repository.slice(repository.lastIndexOf('/') + 1).slice(0, 64);
  return isName(last) ? last : `image-${last}`.slice(0, 64).replace(/[._-]+$/, '');
}

/** Returns an error that says that the project has no image or sandbox `name`. */
export function noSuchName(kind: 'image' | 'sandbox', name: string, known: string[]): MonoError {
  const near = closestWord(name, known);
  const code = kind === 'image' ? 'IMAGE_NOT_FOUND' : 'SANDBOX_NOT_FOUND';
  return new MonoError(code, `Cannot find the ${kind} \`${redact(name)}\` in the project`, {
    details: { name: redact(name) },
    hint:
      near === undefined ? `Run \`mono list\` to see what there is.` : `Did you mean \`${near}\`?`,
  });
}

function checkName(name: string): string {
  if (isName(name)) return name;
  throw new MonoError('USAGE_INVALID', `Cannot use \`${redact(name)}\` as a name`, {
    hint: NAME_RULE,
  });
}

function namedTwice(name: string): MonoError {
  return new MonoError('USAGE_INVALID', `Cannot add \`${name}\` twice: two images have this name`, {
    details: { name },
    hint: 'Install them one by one, each with a name of its own: `mono install --name NAME …`.',
  });
}

function nameTaken(name: string, holder: string, repository: string): MonoError {
  return new MonoError(
    'IMAGE_NAME_TAKEN',
    `Cannot add \`${repository}\` as \`${name}\`: that name stands for \`${holder}\``,
    {
      details: { name, repository, holder },
      hint: `Choose another name: \`mono install --name NAME ${repository}\`.`,
    },
  );
}
