import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { httpRequest } from './http-request.js';
import type { PushTarget } from './push-oci-layout.js';
import { createTestCertificate, type TestCertificate } from './test-certificate.js';
import { startTokenIssuer, type TokenIssuer } from './token-issuer.js';

export { pushOciLayout } from './push-oci-layout.js';

/** The account that registries with authentication accept. */
export const TEST_ACCOUNT = { username: 'mono', password: 'secret' } as const;

/** bcrypt of the password above, as `htpasswd -B` writes it. */
const TEST_ACCOUNT_HTPASSWD = 'mono:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n';

const START_TIMEOUT_MS = 20_000;

export interface DockerRegistryOptions {
  /** default `none` */
  readonly auth?: 'none' | 'htpasswd' | 'token';
  /** with `token`: whether the issuer gives pull tokens to callers without an account; default true */
  readonly anonymousPull?: boolean;
  /** with `token`: name of this machine in the address of the issuer; default `127.0.0.1` */
  readonly issuerHost?: string;
  /** serve https with a certificate of a test CA, see `caPem` */
  readonly tls?: boolean;
}

export interface DockerRegistry extends PushTarget {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** `http://127.0.0.1:PORT`, or `https://…` */
  readonly url: string;
  /** the CA that signed the server's certificate, with `tls` */
  readonly caPem: string | undefined;
  /** the issuer that registry sends clients to, with `auth: 'token'` */
  readonly issuer: TokenIssuer | undefined;
  /** Returns the `Authorization` header that may push to `repository`. */
  pushAuthorization(repository: string): string | undefined;
  stop(): Promise<void>;
}

/**
 * Starts Debian's `docker-registry` on a free loopback port with its storage in a new temporary
 * directory. The caller stops it.
 */
export async function startDockerRegistry(
  options: DockerRegistryOptions = {},
): Promise<DockerRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'mono-registry-'));
  const certificate = options.tls ? await createTestCertificate(directory) : undefined;
  const issuer =
    options.auth === 'token'
      ? await startTokenIssuer({ directory, ...options, certificate })
      : undefined;
  const host = `127.0.0.1:${await freePort()}`;
  const url = `${certificate ? 'https' : 'http'}://${host}`;
  const auth = options.auth ?? 'none';
  const configPath = join(directory, 'config.yml');
  await writeFile(join(directory, 'htpasswd'), TEST_ACCOUNT_HTPASSWD);
  await writeFile(
    configPath,
    JSON.stringify(configuration({ directory, host, auth, certificate, issuer })),
  );
  const child = spawn('docker-registry', ['serve', configPath], { stdio: 'ignore' });
  const killAtExit = (): boolean => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  await untilServing(child, { url, caPem: certificate?.caPem });
  return {
    host,
    url,
    caPem: certificate?.caPem,
    issuer,
    pushAuthorization(repository) {
      if (auth === 'htpasswd') return basicAuthorization();
      return issuer && `Bearer ${issuer.issue(`repository:${repository}:pull,push`)}`;
    },
    async stop() {
      process.off('exit', killAtExit);
      await stopChild(child);
      await issuer?.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface ConfigurationInput {
  readonly directory: string;
  readonly host: string;
  readonly auth: 'none' | 'htpasswd' | 'token';
  readonly certificate: TestCertificate | undefined;
  readonly issuer: TokenIssuer | undefined;
}

/** JSON is YAML. */
function configuration(input: ConfigurationInput): unknown {
  const { directory, host, certificate, issuer } = input;
  const tls = certificate && {
    certificate: certificate.certificatePath,
    key: certificate.keyPath,
  };
  const auth =
    input.auth === 'htpasswd'
      ? { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } }
      : issuer && { token: issuer.registryConfiguration };
  return {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(directory, 'storage') } },
    http: { addr: host, ...(tls ? { tls } : {}) },
    ...(auth ? { auth } : {}),
  };
}

function basicAuthorization(): string {
  const pair = `${TEST_ACCOUNT.username}:${TEST_ACCOUNT.password}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

async function untilServing(
  child: ChildProcess,
  target: { url: string; caPem: string | undefined },
): Promise<void> {
  let spawnError: Error | undefined;
  child.once('error', (error) => {
    spawnError = error;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (spawnError) throw spawnError;
    if (child.exitCode !== null) {
      throw new Error(`docker-registry ended with exit code ${child.exitCode}`);
    }
    const answer = await httpRequest(`${target.url}/v2/`, { caPem: target.caPem }).catch(
      () => undefined,
    );
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.kill('SIGKILL');
  throw new Error('docker-registry did not start serving in time');
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
