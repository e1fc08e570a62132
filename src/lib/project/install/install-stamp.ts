/*
 * A stamp says that an install of a project had nothing left to do: a digest of everything that this
 * depended on. Looking at it takes no parser, no database and no other module of the program, since
 * `mono install` with nothing to do is what is run most often.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a stamp depends on beside the project's files and the store. */
export interface StampContext {
  readonly dataDirectory: string;
  /** path of the user's configuration, which need not exist */
  readonly configFile: string;
  /** version of the program */
  readonly version: string;
  /** what the installed images are for */
  readonly architecture: string;
}

/** A stamp, and where it is kept. */
export interface Stamp {
  readonly path: string;
  readonly text: string;
}

/** The texts of a project's files, as an install has seen them. */
export interface StampedProject {
  readonly directory: string;
  readonly fileText: string;
  readonly lockText: string;
}

/** Files whose loss or replacement means that what was installed may be gone. */
const STORE_FILES = ['images.db', 'projects.db', 'store/index.db'];

/** Returns whether an install of the nearest project from `directory` has nothing to do. */
export function isStamped(directory: string, context: StampContext): boolean {
  try {
    const stamp = stampOf(readNearest(directory), context);
    return readFileSync(stamp.path, 'utf8') === stamp.text;
  } catch {
    // Without a stamp the install looks for itself, and tells what is wrong.
    return false;
  }
}

/** Returns the stamp of a project whose files have these texts. */
export function stampOf(project: StampedProject, context: StampContext): Stamp {
  const { dataDirectory, configFile, version, architecture } = context;
  const { directory, fileText, lockText } = project;
  const store = STORE_FILES.map((name) => identityOf(join(dataDirectory, name)));
  const config = readIfThere(configFile);
  const facts = [version, architecture, directory, fileText, lockText, config, ...store];
  return {
    path: stampPath(dataDirectory, directory),
    text: sha256(JSON.stringify(facts)),
  };
}

/** Returns where the stamp of the project in `directory` is. */
export function stampPath(dataDirectory: string, directory: string): string {
  return join(stampsDirectory(dataDirectory), sha256(directory).slice(0, 32));
}

/** Returns the directory of all stamps; it may be deleted at any time. */
export function stampsDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'stamps');
}

function readNearest(from: string): StampedProject {
  let directory = from;
  while (!statSync(join(directory, 'mono.yaml'), { throwIfNoEntry: false })) {
    if (dirname(directory) === directory) throw new Error('no project');
    directory = dirname(directory);
  }
  const [fileText = '', lockText = ''] = ['mono.yaml', 'mono.lock'].map((name) =>
    readFileSync(join(directory, name), 'utf8'),
  );
  return { directory, fileText, lockText };
}

function readIfThere(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) ? readFileSync(path, 'utf8') : '';
}

/** Inodes are used again, but not with the same time of birth. */
function identityOf(path: string): string {
  const info = statSync(path, { bigint: true, throwIfNoEntry: false });
  return info ? `${info.dev}:${info.ino}:${info.birthtimeNs}` : 'absent';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
