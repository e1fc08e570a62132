import { spawn, type ChildProcess } from 'node:child_process';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { Credentials } from './credentials.js';
import { parseJsonObject } from '../manifest/descriptor.js';

/** How credential helpers are run. */
export interface HelperOptions {
  /** the whole environment of the helper; its `PATH` says where it is looked for */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** default {@link DEFAULT_HELPER_TIMEOUT_MS} */
  readonly timeoutMs?: number;
}

/** How long a helper may take, in `ms`: long enough to unlock a key chain by hand. */
export const DEFAULT_HELPER_TIMEOUT_MS = 60_000;

/** The most bytes that are taken from a helper. */
const MAX_OUTPUT_BYTES = 256 * 1024;

/** What may follow `docker-credential-`: a name, never a path. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The user name with which helpers mark an identity token. */
const IDENTITY_TOKEN_USER = '<token>';

/**
 * Returns what the program `docker-credential-NAME` has for `serverUrl`, or `undefined` if it says
 * that it has nothing.
 *
 * @throws {MonoError} `CREDENTIALS_FAILED` when the program is missing, fails, hangs or talks nonsense
 * @see https://github.com/docker/docker-credential-helpers
 */
export async function askCredentialHelper(
  name: string,
  serverUrl: string,
  options: HelperOptions,
): Promise<Credentials | undefined> {
  const program = `docker-credential-${redact(name)}`;
  function refuse(reason: string): MonoError {
    const message = `Cannot get credentials for \`${serverUrl}\` from \`${program}\`: ${reason}`;
    return new MonoError('CREDENTIALS_FAILED', message, {
      details: { program, serverUrl, reason },
    });
  }
  if (!NAME.test(name)) throw refuse('its name is not one of a program');
  const { exitCode, output } = await run(program, serverUrl, { ...options, refuse });
  if (exitCode !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw refuse(`it ended with exit code ${String(exitCode)} (${redact(output)})`);
  }
  const answer = parseJsonObject(Buffer.from(output), () => refuse('its answer is not JSON'));
  const { Username: username, Secret: secret } = answer;
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw refuse('its answer lacks a user name or a secret');
  }
  if (secret === '') return undefined;
  return username === IDENTITY_TOKEN_USER
    ? { identityToken: secret }
    : { username, password: secret };
}

interface RunOptions extends HelperOptions {
  readonly refuse: (reason: string) => MonoError;
}

interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

function run(program: string, input: string, options: RunOptions): Promise<Ended> {
  const { environment, refuse, timeoutMs = DEFAULT_HELPER_TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      env: { ...environment },
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    const pieces: Buffer[] = [];
    let sizeBytes = 0;
    const timer = setTimeout(() => fail(`it does not answer within ${timeoutMs} ms`), timeoutMs);
    function fail(reason: string): void {
      clearTimeout(timer);
      killGroup(child);
      reject(refuse(reason));
    }
    child.once('error', (error) => fail(startProblem(error)));
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (piece: Buffer) => {
      sizeBytes += piece.length;
      if (sizeBytes > MAX_OUTPUT_BYTES) fail(`it says more than ${MAX_OUTPUT_BYTES} bytes`);
      else pieces.push(piece);
    });
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, output: Buffer.concat(pieces).toString('utf8') });
    });
    child.stdin.end(`${input}\n`);
  });
}

/** Helpers are often scripts: what they have started must end with them. */
function killGroup(child: ChildProcess): void {
  child.stdout?.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function startProblem(error: Error): string {
  const isMissing = 'code' in error && error.code === 'ENOENT';
  return isMissing ? 'the program is not installed' : redact(error.message);
}
