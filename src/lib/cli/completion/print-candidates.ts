import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProject, readProjectIfPresent } from '../../project/project-file/project-directory.js';
import { resolveDirectories } from '../directories.js';
import type { Program } from '../program/program.js';
import { complete, type CompletionPlaces } from './complete.js';

/**
 * Prints what can stand in the place of the last of `words`, one candidate a line. A shell asks for
 * it at every press of a key: no command is loaded, and whatever is wrong gives no candidates.
 */
export async function printCandidates(words: readonly string[], program: Program): Promise<void> {
  try {
    const { commands } = JSON.parse(
      readFileSync(join(program.root, 'oclif.manifest.json'), 'utf8'),
    ) as Pick<CompletionPlaces, 'commands'>;
    const candidates = await complete(words, { commands, names });
    process.stdout.write(candidates.map((word) => `${word}\n`).join(''));
  } catch {
    // What a person is typing is no place for complaints.
  }
}

async function names(): Promise<{ images: string[]; sandboxes: string[] }> {
  const global = join(resolveDirectories(process.env, homedir()).data, 'global');
  const directories = [await findProject(process.cwd()), global];
  const images: string[] = [];
  const sandboxes: string[] = [];
  for (const directory of directories) {
    const project = directory === undefined ? undefined : await readProjectIfPresent(directory);
    images.push(...(project?.file.images.keys() ?? []));
    sandboxes.push(...(project?.file.sandboxes.keys() ?? []));
  }
  return { images, sandboxes };
}
