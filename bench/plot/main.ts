/*
 * Brings docs/performance.md and docs/performance/*.svg up to what the youngest files of
 * bench/results/ say.
 * usage: npm run bench:plot
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { latestReport } from './bench-report.js';
import { contestTables, machineList } from './contest-tables.js';
import { goalTable } from './goal-table.js';
import { growthPlots } from './growth-plots.js';
import { replaceSection } from './marked-section.js';

const root = join(import.meta.dirname, '../..');
const results = join(root, 'bench/results');
const document = join(root, 'docs/performance.md');
const plots = join(root, 'docs/performance');

const install = latestReport(results, 'install');
const fs = latestReport(results, 'fs');
const krun = latestReport(results, 'krun');
const growth = latestReport(results, 'growth')?.growth ?? [];

mkdirSync(plots, { recursive: true });
const pictures = growthPlots(growth);
for (const [name, svg] of pictures) writeFileSync(join(plots, name), svg);

const sections = {
  goals: goalTable({ install, fs, krun }),
  machine: install ? machineList(install) : 'Not measured yet.',
  contests: [install, fs].flatMap((report) => (report ? [contestTables(report)] : [])).join('\n\n'),
  growth:
    [...pictures.keys()].map((name) => `![${name}](performance/${name})`).join('\n\n') ||
    'Not measured yet.',
};
const text = Object.entries(sections).reduce(
  (before, [name, content]) => replaceSection(before, name, content),
  readFileSync(document, 'utf8'),
);
writeFileSync(document, text);
console.log(`written: ${document}`);
