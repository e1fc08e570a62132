import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A process, as /proc shows it. */
export interface ProcessFacts {
  /** name of its program */
  readonly program: string;
  /** text of its `status` */
  readonly status: string;
}

/** Returns the processes that work in a directory below `parent`: those of machines. */
export function processesBelow(parent: string): ProcessFacts[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.flatMap((number) => {
    const directory = join('/proc', number);
    try {
      if (!readlinkSync(join(directory, 'cwd')).startsWith(`${parent}/`)) return [];
      const program = basename(readlinkSync(join(directory, 'exe')));
      return [{ program, status: readFileSync(join(directory, 'status'), 'utf8') }];
    } catch {
      return []; // it has ended in the meantime
    }
  });
}
