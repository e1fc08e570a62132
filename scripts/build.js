/*
 * Bundles the program into dist/: one entry a command, so that a command loads its own code only;
 * what several share goes to common chunks. Native add-ons stay outside.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const commands = readdirSync(join(root, 'src/commands'), { recursive: true })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src/commands', file));

rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: [
    { in: 'src/lib/cli/main.ts', out: 'main' },
    ...commands.map((file) => ({ in: file, out: file.replace(/^src\/(.*)\.ts$/, '$1') })),
  ],
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: false,
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: 'none',
  // oclif looks for TypeScript in order to run sources; there are none in the package.
  external: [
    'better-sqlite3',
    '@bokuweb/zstd-wasm',
    '@nxtedition/rocksdb',
    'typescript',
    'ts-node',
  ],
  // Bundled CommonJS packages call require() for Node's own modules.
  banner: {
    js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);",
  },
  logLevel: 'warning',
});
