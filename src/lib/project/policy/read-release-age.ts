import type { YamlValue } from '../project-file/yaml-value.js';
import { parseReleaseAge, RELEASE_AGE_RULE } from './release-age.js';

/**
 * Returns the `ms` that the value of `minimumReleaseAge` stands for; `undefined` without one.
 *
 * @throws {MonoError} the code of the value's file, with line and column
 */
export function readReleaseAge(value: YamlValue | undefined): number | undefined {
  if (!value) return undefined;
  const ageMs = parseReleaseAge(value.string());
  if (ageMs === undefined) throw value.fail('not an age', RELEASE_AGE_RULE);
  return ageMs;
}
