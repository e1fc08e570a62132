import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, EXIT } from '../../src/lib/error-codes.js';

const docs = join(import.meta.dirname, '../../docs');

/** `UPDATE_DOCS=1` writes the table anew. */
describe('docs/errors.md', () => {
  it('has each error code once, with its exit code and title, and no other', () => {
    const path = join(docs, 'errors.md');
    if (process.env['UPDATE_DOCS']) writeFileSync(path, errorsPage());

    expect(readFileSync(path, 'utf8')).toBe(errorsPage());
  });
});

describe('docs/exit-codes.md', () => {
  it('has each exit code once, and no other', () => {
    const text = readFileSync(join(docs, 'exit-codes.md'), 'utf8');
    const documented = [...text.matchAll(/^\| (\d+) /gm)].map((match) => Number(match[1]));

    expect(documented).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });
});

function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { exit, title }]) => [
    `\`${code}\``,
    String(exit),
    title,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length), 4));
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return `# Errors

Every failure that a user can meet has a stable code. It stands on stderr behind \`code:\` and in the JSON
document that \`--json\` prints. [Exit codes](exit-codes.md) group them; inside \`mono run\` those below 125
become 125.

${[
  line(['code', 'exit', 'what happened']),
  line(widths.map((width) => '-'.repeat(width))),
  ...rows.map(line),
].join('\n')}

A failure with the code \`BUG\` (exit code ${EXIT.bug}) is one of mono itself.
`;
}
