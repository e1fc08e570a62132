#!/usr/bin/env node
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// Node 22.1 and later keep compiled code from run to run.
enableCompileCache?.();

const { main } = require('../dist/main.cjs');
const { version } = require('../package.json');

void main(process.argv.slice(2), { root: join(__dirname, '..'), version }).then(process.exit);
