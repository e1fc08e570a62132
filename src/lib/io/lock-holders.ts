import { readFileSync, statSync } from 'node:fs';

const TABLE = '/proc/locks';

/** `1: POSIX  ADVISORY  READ 4711 fe:00:131073 1073741826 1073742335`; those that wait have `->`. */
const HELD_LOCK =
  /^\d+: POSIX +\w+ +\w+ +(?<pid>\d+) [\da-f]+:[\da-f]+:(?<inode>\d+) (?<from>\d+) /;

/** Where in a file SQLite's locks begin: another file with the same number hardly has one there. */
const FIRST_LOCK_BYTE = 0x4000_0000;

/**
 * Returns the ids of the other processes that hold a lock of SQLite on the file at `path`, in
 * ascending order, as far as the system tells: Linux does, of those that this process can see. It
 * serves to name them.
 */
export function lockHolders(path: string): number[] {
  try {
    const inode = String(statSync(path, { bigint: true }).ino);
    const pids = readFileSync(TABLE, 'utf8')
      .split('\n')
      .map((line) => HELD_LOCK.exec(line)?.groups)
      .filter((lock) => lock?.['inode'] === inode && Number(lock['from']) >= FIRST_LOCK_BYTE)
      .map((lock) => Number(lock?.['pid']));
    // A process outside of this one's namespace is shown as 0 or -1, which is no id.
    return [...new Set(pids)].filter((pid) => pid > 0 && pid !== process.pid).sort((a, b) => a - b);
  } catch {
    return [];
  }
}
