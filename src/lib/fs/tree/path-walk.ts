import type { ByteString } from '../../base/bytes.js';
import { MAX_SYMLINKS_FOLLOWED } from '../limits.js';
import { joinPath, ROOT_PATH } from '../path.js';

/** A place that a walk has come to. */
export interface PathStep<T> {
  /** path of the place, without symbolic links */
  readonly path: ByteString;
  readonly at: T;
}

/**
 * Follows a path name by name as Linux does in a chroot: `..` and absolute symbolic links stay
 * within the root. The caller looks names up; this class keeps where the walk stands.
 */
export class PathWalk<T> {
  readonly #steps: PathStep<T>[];
  /** names to come, the next one last */
  readonly #rest: ByteString[];
  #linksFollowed = 0;

  constructor(root: T, names: readonly ByteString[]) {
    this.#steps = [{ path: ROOT_PATH, at: root }];
    this.#rest = names.toReversed();
  }

  /** The place reached so far. */
  get here(): PathStep<T> {
    return this.#steps.at(-1) as PathStep<T>;
  }

  /** The places on the way, from the root to the present one. */
  get steps(): readonly PathStep<T>[] {
    return this.#steps;
  }

  /** The names to come, which can be empty, `.` or `..`. */
  get rest(): readonly ByteString[] {
    return this.#rest.toReversed();
  }

  /** Takes the next name to look up; deals with `.` and `..`, which link targets can have. */
  nextName(): ByteString | undefined {
    for (;;) {
      const name = this.#rest.pop();
      if (name === '..' && this.#steps.length > 1) this.#steps.pop();
      if (name !== '' && name !== '.' && name !== '..') return name;
    }
  }

  /** Goes on to `at`, which `name` stands for. */
  enter(name: ByteString, at: T): void {
    this.#steps.push({ path: joinPath(this.here.path, name), at });
  }

  /** Turns to the target of a symbolic link; `false` when too many were followed. */
  follow(target: ByteString): boolean {
    this.#linksFollowed += 1;
    if (this.#linksFollowed > MAX_SYMLINKS_FOLLOWED) return false;
    if (target.startsWith('/')) this.#steps.length = 1;
    this.#rest.push(...(target.split('/') as ByteString[]).reverse());
    return true;
  }
}
