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

    expect(database.prepare('PRAGMA user_version').pluck().get()).toBe(2);
    expect(() => database.exec('INSERT INTO b VALUES (1)')).not.toThrow();
    database.close();
  });

  it('makes every commit durable', () => {
    const database = openDatabase(join(directory(), 'state.db'), []);

    expect(database.prepare('PRAGMA journal_mode').pluck().get()).toBe('wal');
    expect(database.prepare('PRAGMA synchronous').pluck().get()).toBe(2);
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
    expect(database.prepare('PRAGMA user_version').pluck().get()).toBe(0);
    database.close();
  });

  it('names the file and the condition when a statement fails later on', () => {
    const path = join(directory(), 'state.db');
    const database = openDatabase(path, ['CREATE TABLE a (x UNIQUE)']);
    database.exec('PRAGMA max_page_count = 3');
    const insert = database.prepare<[Buffer]>('INSERT INTO a VALUES (?)');

    expect(() => insert.run(Buffer.alloc(100_000))).toThrow(
      expect.objectContaining({
        code: 'DISK_FULL',
        message: expect.stringContaining(path) as string,
      }),
    );
    database.close();
  });

  it('undoes a write that throws, and passes on what it threw', () => {
    const database = openDatabase(join(directory(), 'state.db'), ['CREATE TABLE a (x)']);

    const write = () =>
      database.write(() => {
        database.exec('INSERT INTO a VALUES (1)');
        throw new Error('changed my mind');
      });

    expect(write).toThrow('changed my mind');
    expect(database.prepare('SELECT * FROM a').all()).toEqual([]);
    database.close();
  });

  it('yields rows one by one and can be left half-way', () => {
    const database = openDatabase(join(directory(), 'state.db'), ['CREATE TABLE a (x)']);
    database.exec('INSERT INTO a VALUES (1), (2), (3)');

    const [first] = database.prepare<[], number>('SELECT x FROM a').pluck().iterate();

    expect(first).toBe(1);
    expect(() => database.exec('INSERT INTO a VALUES (4)')).not.toThrow();
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
