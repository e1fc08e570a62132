import { execFile } from 'node:child_process';
import { createPrivateKey, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestCertificate } from './test-certificate.js';

const run = promisify(execFile);
const ISSUER = 'mono test issuer';
const SERVICE = 'mono test registry';
/** How long a token lives, in `s`: as Docker Hub's. */
const LIFETIME_SECONDS = 300;
const ACCOUNT = `Basic ${Buffer.from('mono:secret').toString('base64')}`;

export interface TokenIssuerOptions {
  readonly directory: string;
  readonly anonymousPull?: boolean;
  /** serve https with this certificate */
  readonly certificate?: TestCertificate | undefined;
  /** name of this machine in the address of the issuer; default `127.0.0.1` */
  readonly issuerHost?: string | undefined;
}

/** A token server as registries have beside them, with a record of what it was asked. */
export interface TokenIssuer {
  /** the `auth.token` part of the registry's configuration */
  readonly registryConfiguration: Readonly<Record<string, string>>;
  readonly requests: readonly { readonly url: URL; readonly authorization: string | undefined }[];
  /** Returns a token for scopes such as `repository:library/a:pull`, separated by blanks. */
  issue(scope: string): string;
  stop(): Promise<void>;
}

/**
 * Starts a server that gives bearer tokens as Docker Hub's does: pull scopes to anybody unless
 * `anonymousPull` is false, everything to the test account.
 */
export async function startTokenIssuer(options: TokenIssuerOptions): Promise<TokenIssuer> {
  const { key, certificatePath, x5c } = await createSigner(options.directory);
  const requests: { url: URL; authorization: string | undefined }[] = [];

  function issue(scope: string): string {
    return signToken({ key, x5c, scope });
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://issuer');
    const { authorization } = request.headers;
    requests.push({ url, authorization });
    const known = authorization === ACCOUNT;
    if ((authorization !== undefined || options.anonymousPull === false) && !known) {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"details":"incorrect username or password"}');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    const token = issue(url.searchParams.getAll('scope').join(' '));
    response.end(JSON.stringify({ token, expires_in: LIFETIME_SECONDS }));
  }

  const { certificate, issuerHost = '127.0.0.1' } = options;
  const server = certificate
    ? createTlsServer(await readKeyPair(certificate), answer)
    : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    registryConfiguration: {
      realm: `${certificate ? 'https' : 'http'}://${issuerHost}:${port}/token`,
      service: SERVICE,
      issuer: ISSUER,
      rootcertbundle: certificatePath,
    },
    requests,
    issue,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readKeyPair({ certificatePath, keyPath }: TestCertificate) {
  return { cert: await readFile(certificatePath), key: await readFile(keyPath) };
}

async function createSigner(
  directory: string,
): Promise<{ key: KeyObject; certificatePath: string; x5c: string }> {
  const keyPath = join(directory, 'issuer.key');
  const certificatePath = join(directory, 'issuer.pem');
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=issuer'],
    ...['-keyout', keyPath, '-out', certificatePath],
  ]);
  const certificate = new X509Certificate(await readFile(certificatePath));
  return {
    key: createPrivateKey(await readFile(keyPath)),
    certificatePath,
    x5c: certificate.raw.toString('base64'),
  };
}

interface TokenInput {
  readonly key: KeyObject;
  readonly x5c: string;
  readonly scope: string;
}

function signToken({ key, x5c, scope }: TokenInput): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scope.split(' ').flatMap((part) => {
    const [type, name, actions] = part.split(':');
    return actions === undefined ? [] : [{ type, name, actions: actions.split(',') }];
  });
  const claims = {
    iss: ISSUER,
    aud: SERVICE,
    sub: '',
    nbf: now - 60,
    iat: now,
    exp: now + LIFETIME_SECONDS,
    jti: randomBytes(8).toString('hex'),
    access,
  };
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = `${encode({ typ: 'JWT', alg: 'RS256', x5c: [x5c] })}.${encode(claims)}`;
  return `${head}.${sign('sha256', Buffer.from(head), key).toString('base64url')}`;
}
