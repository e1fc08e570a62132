import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Writing to it empties the page cache (proc(5)); root alone may. */
export const PAGE_CACHE_SWITCH = '/proc/sys/vm/drop_caches';

/** Empties the page cache where that is allowed; elsewhere every contestant keeps a warm one. */
export function dropPageCache(): void {
  execFileSync('sync');
  try {
    writeFileSync(PAGE_CACHE_SWITCH, '3');
  } catch {
    // Not root. The description of the machine says so.
  }
}
