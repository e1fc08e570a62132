import { readFile } from 'node:fs/promises';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { askCredentialHelper, type HelperOptions } from './credential-helper.js';
import type { Credentials, CredentialSource } from './credentials.js';
import { isJsonObject, parseJsonObject, type JsonObject } from '../manifest/descriptor.js';
import { canonicalRegistry, DOCKER_HUB } from '../registry-name.js';

/** Where Docker Hub's account is filed, in files and in helpers, for historical reasons. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/**
 * Returns the credentials of a file as `docker login` and `podman login` write it
 * (`~/.docker/config.json`, `auth.json`): of the helper that it names for a registry, of the one it
 * names for all, or written in it. A missing file has none. Read anew for each question.
 *
 * The source throws {MonoError} `CREDENTIALS_FAILED` when the file or a helper cannot be used.
 *
 * @param path of the file
 */
export function dockerConfigCredentials(path: string, helper: HelperOptions): CredentialSource {
  return async function credentialsFromDockerConfig(registry) {
    const config = await readConfig(path);
    if (!config) return { found: undefined, lookedIn: [path] };
    const name = helperFor(config, registry);
    const serverUrl = registry === DOCKER_HUB ? DOCKER_HUB_KEY : registry;
    const stored = name && (await askCredentialHelper(name, serverUrl, helper));
    const lookedIn = name === undefined ? [] : [`docker-credential-${redact(name)} (by ${path})`];
    if (stored) return { found: stored, lookedIn };
    return { found: inlineCredentials(config, registry, path), lookedIn: [...lookedIn, path] };
  };
}

async function readConfig(path: string): Promise<JsonObject | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(path, `it cannot be read (${String(code)})`);
  }
  return parseJsonObject(bytes, (reason) => unusable(path, reason));
}

function helperFor(config: JsonObject, registry: string): string | undefined {
  const { credHelpers, credsStore } = config;
  const own = entryFor(credHelpers, registry);
  if (typeof own === 'string' && own !== '') return own;
  return typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined;
}

function inlineCredentials(
  config: JsonObject,
  registry: string,
  path: string,
): Credentials | undefined {
  const entry = entryFor(config['auths'], registry);
  if (!isJsonObject(entry)) return undefined;
  const { identitytoken, registrytoken, auth, username, password } = entry;
  if (isText(identitytoken)) return { identityToken: identitytoken };
  if (isText(registrytoken)) return { registryToken: registrytoken };
  if (isText(auth)) return decodeAuth(auth, registry, path);
  return isText(username) && isText(password) ? { username, password } : undefined;
}

/** Returns the value of `table` for `registry`: keys may be names, or addresses with a path. */
function entryFor(table: unknown, registry: string): unknown {
  if (!isJsonObject(table)) return undefined;
  const key = Object.keys(table).find((candidate) => registryOfKey(candidate) === registry);
  return key === undefined ? undefined : table[key];
}

function registryOfKey(key: string): string {
  const host = key.replace(/^https?:\/\//i, '').split('/', 1)[0] ?? '';
  return canonicalRegistry(host);
}

/** `auth` is base64 of `username:password`; Docker pads passwords with NUL in old files. */
function decodeAuth(auth: string, registry: string, path: string): Credentials {
  const pair = Buffer.from(auth, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 1) {
    throw unusable(
      path,
      `the account of \`${registry}\` is not written as base64 of name:password`,
    );
  }
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, '') };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function unusable(path: string, reason: string): MonoError {
  return new MonoError(
    'CREDENTIALS_FAILED',
    `Cannot read credentials from \`${redact(path)}\`: ${reason}`,
    { details: { path: redact(path), reason } },
  );
}
