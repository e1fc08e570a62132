import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { isVersionName, VERSION_NAME_RULE } from './version-name.js';

/** A name for a version, and those that it cannot have. */
export interface WantedName {
  /** `undefined`: the version is kept under its CID */
  readonly name: string | undefined;
  /** names of images, which hide versions of the same name */
  readonly takenNames: readonly string[];
}

/**
 * Checks that a version can be kept under a name.
 *
 * @throws {MonoError} `USAGE_INVALID` for a name that cannot be used; `IMAGE_NAME_TAKEN`
 */
export function checkVersionName({ name, takenNames }: WantedName): void {
  if (name === undefined) return;
  const shown = redact(name);
  if (!isVersionName(name)) {
    throw new MonoError('USAGE_INVALID', `Cannot use \`${shown}\` as the name of a version`, {
      hint: VERSION_NAME_RULE,
    });
  }
  if (takenNames.includes(name)) {
    throw new MonoError(
      'IMAGE_NAME_TAKEN',
      `Cannot name a version \`${shown}\`: an image of the project has that name`,
      { details: { name: shown }, hint: 'Choose another name.' },
    );
  }
}
