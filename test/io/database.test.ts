import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/lib/io/database.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const directory = useTemporaryDirectory();

describe('openDatabase()', () => {
  it('applies only the migrations that are missing', () => {
    const path = join(directory(), 'sub/state.db');
    const first = ['CREATE TABLE a (x)'];
    openDatabase(path, first).close();

    const database = openDatabase(path, [...first, 'CREATE TABLE b (y)']);

    expect(database.pragma('user_version', { simple: true })).toBe(2);
    expect(() => database.exec('INSERT INTO b VALUES (1)')).not.toThrow();
    database.close();
  });

  it('makes every commit durable', () => {
    const database = openDatabase(join(directory(), 'state.db'), []);

    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    database.close();
  });

  it('refuses a database that a newer program has written', () => {
    const path = join(directory(), 'state.db');
    openDatabase(path, ['CREATE TABLE a (x)', 'CREATE TABLE b (x)']).close();

    expect(() => openDatabase(path, ['CREATE TABLE a (x)'])).toThrow(
      expect.objectContaining({ code: 'STORE_FORMAT_UNSUPPORTED' }),
    );
  });

  it('leaves the version alone when a migration fails', () => {
    const path = join(directory(), 'state.db');

    expect(() => openDatabase(path, ['CREATE TABLE a (x)', 'nonsense'])).toThrow(
      expect.objectContaining({ code: 'IO_FAILED' }),
    );

    const database = openDatabase(path, []);
    expect(database.pragma('user_version', { simple: true })).toBe(0);
    database.close();
  });

  it('says which file is not a database', () => {
    const path = join(directory(), 'state.db');
    writeFileSync(path, 'x'.repeat(4096));

    expect(() => openDatabase(path, [])).toThrow(
      expect.objectContaining({ message: expect.stringContaining(path) as string }),
    );
  });
});
