import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockHolders } from '../../src/lib/io/lock-holders.js';
import { SharedLock } from '../../src/lib/io/shared-lock.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const directory = useTemporaryDirectory();
const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');

describe('lockHolders()', () => {
  it.each(['BEGIN; SELECT 1 FROM sqlite_schema', 'BEGIN EXCLUSIVE'])(
    'names another process after its %s, and no more once that has ended',
    async (statements) => {
      const path = join(directory(), 'lock.db');
      const script = `new (require(${JSON.stringify(sqlite)}))(${JSON.stringify(path)}).exec(${JSON.stringify(statements)});
        console.log('held'); setInterval(() => undefined, 1000);`;
      const holder = spawn(process.execPath, ['-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(holder.stdout, 'data');

      const held = lockHolders(path);
      holder.kill('SIGKILL');
      await once(holder, 'close');

      expect([held, lockHolders(path)]).toEqual([[holder.pid], []]);
    },
  );

  it('leaves this process out', () => {
    const path = join(directory(), 'lock.db');
    const lock = new SharedLock(path);
    lock.tryAcquire('shared');

    expect(lockHolders(path)).toEqual([]);
    lock.close();
  });

  it('names nobody for a file without locks, and for one that is not there', () => {
    writeFileSync(join(directory(), 'plain'), '');

    expect(lockHolders(join(directory(), 'plain'))).toEqual([]);
    expect(lockHolders(join(directory(), 'missing'))).toEqual([]);
  });
});
