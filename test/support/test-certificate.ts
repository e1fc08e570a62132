import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestCertificate {
  /** the certificate of the CA */
  readonly caPem: string;
  readonly caPath: string;
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** Makes a CA and a certificate of it for `localhost` and `127.0.0.1`, as files in `directory`. */
export async function createTestCertificate(directory: string): Promise<TestCertificate> {
  const at = (name: string): string => join(directory, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [
    ...['req', '-x509', ...newKey, '-days', '30', '-subj', '/CN=mono test CA'],
    ...['-keyout', at('ca.key'), '-out', at('ca.pem')],
  ]);
  await run('openssl', [
    ...['req', ...newKey, '-subj', '/CN=localhost'],
    ...['-keyout', at('server.key'), '-out', at('server.csr')],
  ]);
  await writeFile(at('server.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await run('openssl', [
    ...['x509', '-req', '-in', at('server.csr'), '-days', '30', '-CAcreateserial'],
    ...['-CA', at('ca.pem'), '-CAkey', at('ca.key')],
    ...['-extfile', at('server.ext'), '-out', at('server.pem')],
  ]);
  return {
    caPem: await readFile(at('ca.pem'), 'utf8'),
    caPath: at('ca.pem'),
    certificatePath: at('server.pem'),
    keyPath: at('server.key'),
  };
}
