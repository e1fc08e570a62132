/*
 * The accounts that `mono login` keeps: `credentials.json`, for its owner's eyes only (0600), in the
 * form of docs/formats/credentials-file.md. Written whole and atomically, under a lock, so that two
 * logins at once both last.
 */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../io/atomic-file.js';
import { withFileLock } from '../../io/file-lock.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { isJsonObject, parseJsonObject, type JsonObject } from '../manifest/descriptor.js';
import type { Credentials, CredentialSource } from './credentials.js';

/** Readable and writable by the owner alone. */
const FILE_MODE = 0o600;

/** The only version of the format. */
const FORMAT_VERSION = 1;

/** How long to wait for another login, in `ms`: it takes a few at most. */
const LOCK_WAIT_MS = 10_000;

/** A user name and password. */
export type Account = Extract<Credentials, { readonly username: string }>;

/** The file in which `mono login` keeps accounts. */
export interface CredentialFile {
  readonly path: string;
  readonly source: CredentialSource;
  /** Keeps `account` for `registry`, in the place of what was kept. */
  store(registry: string, account: Account): Promise<void>;
  /** Forgets what is kept for `registry`; returns whether anything was. */
  erase(registry: string): Promise<boolean>;
}

/**
 * Returns the file at `path`, which need not exist. Every use reads it anew.
 *
 * Its functions throw {MonoError} `CREDENTIALS_FAILED` when the file cannot be read or is none of
 * ours, `LOCK_TIMEOUT`, `IO_FAILED`, `DISK_FULL`.
 */
export function credentialFile(path: string): CredentialFile {
  async function change(edit: (accounts: Map<string, Account>) => boolean): Promise<boolean> {
    return withFileLock(path, { waitMs: LOCK_WAIT_MS }, async () => {
      const accounts = await readAccounts(path);
      const hasChanged = edit(accounts);
      if (hasChanged) await writeFileAtomic(path, textOf(accounts), { mode: FILE_MODE });
      return hasChanged;
    });
  }
  return {
    path,
    async source(registry) {
      return { found: (await readAccounts(path)).get(registry), lookedIn: [path] };
    },
    async store(registry, account) {
      await change((accounts) => {
        accounts.set(registry, account);
        return true;
      });
    },
    async erase(registry) {
      if (!(await readAccounts(path)).has(registry)) return false;
      return change((accounts) => accounts.delete(registry));
    },
  };
}

async function readAccounts(path: string): Promise<Map<string, Account>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown';
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Map();
    throw unusable(path, `it cannot be read (${String(code)})`);
  }
  const { version, registries } = parseJsonObject(bytes, (reason) => unusable(path, reason));
  if (version !== FORMAT_VERSION)
    throw unusable(path, `its format is not version ${FORMAT_VERSION}`);
  if (!isJsonObject(registries)) throw unusable(path, '`registries` is not an object');
  return new Map(
    Object.keys(registries).map((name) => [name, readAccount(registries, name, path)]),
  );
}

function readAccount(registries: JsonObject, name: string, path: string): Account {
  const entry = registries[name];
  const { username, password } = isJsonObject(entry) ? entry : {};
  if (typeof username === 'string' && typeof password === 'string') return { username, password };
  throw unusable(path, `the account of \`${redact(name)}\` has no user name or no password`);
}

function textOf(accounts: ReadonlyMap<string, Account>): string {
  const sorted = [...accounts].sort(([a], [b]) => (a < b ? -1 : 1));
  const document = { version: FORMAT_VERSION, registries: Object.fromEntries(sorted) };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function unusable(path: string, reason: string): MonoError {
  const shown = redact(path);
  return new MonoError(
    'CREDENTIALS_FAILED',
    `Cannot use the credentials in \`${shown}\`: ${reason}`,
    {
      details: { path: shown, reason },
      hint: 'Delete the file and run `mono login` again.',
    },
  );
}
