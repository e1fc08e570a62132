import { join } from 'node:path';
import type { Digest } from '../../base/digest.js';
import { openDatabase } from '../../io/database.js';
import type { SqliteDatabase } from '../../io/sqlite-database.js';
import type {
  SignatureEvidence,
  SignatureFormat,
} from '../../registry/signature/signature-evidence.js';
import type { EvidenceLog } from '../../registry/signature/signature-gate.js';

const MIGRATIONS = [
  `CREATE TABLE signatures (
     repository TEXT NOT NULL,
     digest TEXT NOT NULL,
     format TEXT NOT NULL,
     manifest TEXT NOT NULL,
     document BLOB NOT NULL,
     signature BLOB NOT NULL,
     PRIMARY KEY (repository, digest)
   ) STRICT, WITHOUT ROWID`,
];

interface SignatureRow {
  readonly format: SignatureFormat;
  readonly manifest: Digest;
  readonly document: Buffer;
  readonly signature: Buffer;
}

/**
 * The signatures that images of this machine were let pass with, as they came. They prove nothing by
 * being here: each use checks them again, with the keys that are trusted then.
 */
export class SignatureLog implements EvidenceLog {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Returns what is kept of an image's signature. */
  find(repository: string, image: Digest): SignatureEvidence | undefined {
    const row = this.#database
      .prepare<[string, string], SignatureRow>(
        'SELECT * FROM signatures WHERE repository = ? AND digest = ?',
      )
      .get(repository, image);
    if (!row) return undefined;
    const { format, manifest, document, signature } = row;
    return { format, manifest, document, signature, hasCertificate: false };
  }

  /** Keeps a signature in the place of what was kept for the image. */
  keep(repository: string, image: Digest, evidence: SignatureEvidence): void {
    const { format, manifest, document, signature } = evidence;
    this.#database
      .prepare('INSERT OR REPLACE INTO signatures VALUES (?, ?, ?, ?, ?, ?)')
      .run(repository, image, format, manifest, document, signature);
  }

  close(): void {
    this.#database.close();
  }
}

/**
 * Opens the log of a data directory, made where it is missing.
 *
 * @throws {MonoError} `STORE_FORMAT_UNSUPPORTED`, `IO_FAILED`, `DISK_FULL`
 */
export function openSignatureLog(dataDirectory: string): SignatureLog {
  return new SignatureLog(openDatabase(join(dataDirectory, 'signatures.db'), MIGRATIONS));
}
