import { isMonoError, MonoError } from '../../errors.js';
import type { RepositoryReader } from '../transport/repository-reader.js';
import { listTags } from './list-tags.js';
import { nearestTags } from './nearest-tags.js';
import { formatReference, formatRepository, withTag, type Reference } from '../reference.js';

/** How many tags are compared: two pages, so that a typing error does not cost a long list. */
const MAX_COMPARED_TAGS = 2000;

/** How many tags are suggested. */
const MAX_SUGGESTIONS = 5;

/**
 * Returns the error for a manifest that the registry does not have: `TAG_NOT_FOUND` with the nearest
 * tags when the repository exists and it is the tag that is missing, else `error` itself.
 *
 * @param error `REGISTRY_NOT_FOUND`, thrown by the request for the manifest
 */
export async function explainMissingManifest(
  error: MonoError,
  connection: RepositoryReader,
  reference: Reference,
): Promise<MonoError> {
  const { tag = 'latest', digest } = reference;
  if (digest !== undefined) return error;
  const tags = await someTags(connection, reference);
  if (tags === undefined) return unknownRepository(error, reference);
  const nearest = nearestTags(tag, tags, MAX_SUGGESTIONS);
  const repository = formatRepository(reference);
  const state = tags.length === 0 ? 'the repository has no tags' : `it has no tag \`${tag}\``;
  return new MonoError('TAG_NOT_FOUND', `Cannot find \`${repository}:${tag}\`: ${state}`, {
    details: { reference: formatReference(withTag(reference, tag)), nearest },
    ...(nearest.length === 0 ? {} : { hint: `The nearest tags are ${list(nearest)}.` }),
    cause: error,
  });
}

function unknownRepository(error: MonoError, reference: Reference): MonoError {
  const repository = formatRepository(reference);
  return new MonoError(
    'REGISTRY_NOT_FOUND',
    `Cannot find \`${repository}\`: \`${reference.registry}\` has no such repository`,
    { details: { ...error.details, repository }, hint: 'Check the spelling.', cause: error },
  );
}

/** Returns `undefined` when the repository does not exist. */
async function someTags(
  connection: RepositoryReader,
  reference: Reference,
): Promise<readonly string[] | undefined> {
  const tags: string[] = [];
  try {
    for await (const tag of listTags(connection, reference)) {
      tags.push(tag);
      if (tags.length >= MAX_COMPARED_TAGS) break;
    }
  } catch (error) {
    if (isMonoError(error, 'REGISTRY_NOT_FOUND')) return undefined;
    if (isMonoError(error, 'CANCELLED')) throw error;
  }
  return tags;
}

function list(tags: readonly string[]): string {
  return tags.map((tag) => `\`${tag}\``).join(', ');
}
