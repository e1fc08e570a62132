#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';

// Node 22.1 and later keep compiled code from run to run.
module.enableCompileCache?.();

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { main } = await import('../dist/main.js');
process.exit(await main(process.argv.slice(2), { root, version }));
