import { access, constants } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

/**
 * Returns the path of the first executable `name` in the directories of `searchPath` (the form of
 * PATH; relative parts are skipped), or undefined.
 */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  for (const directory of searchPath.split(':')) {
    if (!isAbsolute(directory)) continue;
    const candidate = join(directory, name);
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}
