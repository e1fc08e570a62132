import { isAbsolute, relative, resolve } from 'node:path';
import {
  formatSourcePlace,
  parseImageSource,
  referenceOfSource,
  sourceOfReference,
  type ImageSource,
} from '../../image/source/image-source.js';
import { formatReference } from '../../registry/reference.js';
import type { Requirement } from './requirement.js';

/** Directories that a path starts at. */
export interface Anchors {
  /** where a relative path starts now */
  readonly from: string;
  /** where it is to start; absent: it becomes absolute */
  readonly to?: string | undefined;
}

/**
 * Returns `requirement` with the relative path that it may have starting at another directory. What
 * names a registry, or an absolute path, is returned as it is.
 *
 * @throws {MonoError} `REQUIREMENT_INVALID` when the new path cannot stand in a project file
 */
export function anchorRequirement(requirement: Requirement, anchors: Anchors): Requirement {
  const source = sourceOfReference(requirement.reference);
  if (!source) return requirement;
  const moved = anchorSource(source, anchors);
  return { kind: 'exact', reference: referenceOfSource(moved) };
}

/** Returns the target of a run with the relative path that it may have made absolute. */
export function anchorTarget(target: string, directory: string): string {
  const source = parseImageSource(target);
  if (!source) return target;
  return formatReference(referenceOfSource(anchorSource(source, { from: directory })));
}

function anchorSource(source: ImageSource, { from, to }: Anchors): ImageSource {
  if (isAbsolute(source.path) || from === to) return source;
  const absolute = resolve(from, source.path);
  const path = to === undefined ? absolute : relative(to, absolute) || '.';
  const place = parseImageSource(formatSourcePlace({ ...source, path }));
  return { ...source, path: place?.path ?? path };
}
