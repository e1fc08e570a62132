/*
 * Bundles the program into dist/, twice over:
 *
 *   main.cjs      what is answered at once, in one file, as a module that Node reads without its
 *                 loader for ES modules: each file and that loader cost a quarter of `node -e 0`
 *   commands/     the rest: one entry a command, so that a command loads its own code only; what
 *                 several share goes to common chunks
 *
 * Native add-ons stay outside.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const commands = readdirSync(join(root, 'src/commands'), { recursive: true })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src/commands', file));

/** What takes long in any case, of all that main.ts imports: below src/lib/cli. */
const apart = ['program/run-program', 'completion/print-candidates'];

/** What both bundles have in common. */
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  sourcemap: false,
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
};

const atOnce = await build({
  ...shared,
  entryPoints: ['src/lib/cli/main.ts'],
  outfile: 'dist/main.cjs',
  format: 'cjs',
  plugins: [{ name: 'apart', setup: keepApart }],
});
const rest = await build({
  ...shared,
  entryPoints: [
    ...apart.map((name) => ({ in: `src/lib/cli/${name}.ts`, out: basename(name) })),
    ...commands.map((file) => ({ in: file, out: file.replace(/^src\/(.*)\.ts$/, '$1') })),
  ],
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  format: 'esm',
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
});

// A build that fails leaves the last one as it is.
rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const { path, contents } of [...atOnce.outputFiles, ...rest.outputFiles]) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

/** What main.cjs loads when it comes to that, from the other bundle. */
function keepApart({ onResolve }) {
  onResolve({ filter: /^\.\// }, ({ path }) => {
    const name = apart.find((candidate) => path === `./${candidate}.js`);
    return name && { path: `./${basename(name)}.js`, external: true };
  });
}
