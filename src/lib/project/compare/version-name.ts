import { CID } from 'multiformats/cid';
import { isName } from '../requirement/image-name.js';

/** What the name of a version must look like, for messages. */
export const VERSION_NAME_RULE =
  'Use 1 to 64 lower-case letters, digits, `.`, `_` and `-`, begin and end with a letter or digit; a CID is no name.';

/** Returns whether a user may give a version the name `name`. */
export function isVersionName(name: string): boolean {
  return isName(name) && parseCid(name) === undefined;
}

/** Returns the CID that `text` spells, if it does. */
export function parseCid(text: string): CID | undefined {
  try {
    return CID.parse(text);
  } catch {
    return undefined;
  }
}
