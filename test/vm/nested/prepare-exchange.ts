import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { EXCHANGE, writeOuterInitramfs } from './outer-machine.js';

/** Puts into `directory` what an outer machine needs to run the program `inner`, as `inner.mjs`. */
export async function prepareExchange(directory: string, inner: string): Promise<void> {
  const environment = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/run/tmp';
  writeFileSync(
    join(directory, 'command'),
    `exec env -i ${environment} ${process.execPath} ${EXCHANGE}/inner.mjs\n`,
  );
  writeOuterInitramfs(join(directory, 'initramfs'));
  await build({
    entryPoints: [inner],
    outfile: join(directory, 'inner.mjs'),
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
  });
}
