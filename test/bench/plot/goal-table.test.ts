import { describe, expect, it } from 'vitest';
import type { BenchReport } from '../../../bench/plot/bench-report.js';
import { goalTable } from '../../../bench/plot/goal-table.js';

const DEV = '127.0.0.1:5055/library/dev:1.0.0';

function contestOf(title: string, seconds: Readonly<Record<string, number>>) {
  const results = Object.entries(seconds).map(([name, median]) => ({
    name,
    summary: {
      wallSeconds: exactly(median),
      cpuSeconds: exactly(1),
      peakRssMib: exactly(200),
      writtenMib: exactly(330),
    },
  }));
  return { title, results };
}

function exactly(value: number) {
  return { min: value, median: value, max: value };
}

function rowOf(report: Partial<BenchReport>, start: string): string[] {
  const install = { machine: {}, rounds: 5, results: [], ...report };
  const lines = goalTable({ install, fs: undefined, krun: install }).split('\n');
  const line = lines.find((text) => text.startsWith(`| ${start}`))!;
  return line
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
    .slice(2, 5);
}

describe('goalTable()', () => {
  it('divides the medians of one contest', () => {
    const times = { 'mono install': 3, 'msb pull': 5, 'podman pull': 30 };
    const results = [contestOf(`cold install of ${DEV}`, times)];
    expect(rowOf({ results }, 'dev:1.0.0: cold install beside `msb')).toEqual([
      '≤ 0.5',
      '0.60',
      'no',
    ]);
    expect(rowOf({ results }, 'dev:1.0.0: cold install beside `pod')).toEqual([
      '≤ 0.12',
      '0.10',
      'yes',
    ]);
    expect(rowOf({ results }, 'peak RSS')).toEqual(['≤ 256 MiB', '200 MiB', 'yes']);
  });

  it('sets krun machines beside the bare launcher, and sums their memory', () => {
    const memory = [9216, 1024].map((otherKib) => ({ name: 'mono', guestKib: 1, otherKib }));
    const krun = { mono: exactly(4.4), bareLauncher: exactly(4), memory };
    expect(rowOf({ krun }, 'krun: a machine')).toEqual(['≤ 1.1', '1.10', 'yes']);
    expect(rowOf({ krun }, 'krun: memory')).toEqual(['≤ 20 MiB', '10 MiB', 'yes']);
  });

  it('tells how long the start takes, in ratios and milliseconds', () => {
    const results = [
      contestOf('mono --version', { 'mono --version': 0.06, 'node -e 0': 0.05 }),
      contestOf(`first output of an install of ${DEV}`, { 'mono install': 0.12 }),
    ];
    expect(rowOf({ results }, '`mono --version`')).toEqual(['≤ 2', '1.20', 'yes']);
    expect(rowOf({ results }, 'dev:1.0.0: first output')).toEqual(['≤ 150 ms', '120 ms', 'yes']);
  });

  it('tells what a second tag and a related image add to the store', () => {
    const added = { retagBytes: 0, relatedBytes: 60, aloneBytes: 800 };
    expect(rowOf({ added }, 'dev:1.0.0: stored for')).toEqual(['≤ 0 bytes', '0.00 bytes', 'yes']);
    expect(rowOf({ added }, 'dev:1.1.0 after')).toEqual(['≤ 15 %', '7.50 %', 'yes']);
  });

  it('says so where the results have no such figure', () => {
    expect(rowOf({}, 'peak RSS')).toEqual(['≤ 256 MiB', 'not measured', '–']);
    expect(rowOf({}, 'disk')).toEqual(['≤ 0.5', 'not measured', '–']);
  });

  it('sets the bytes written beside the unique content', () => {
    const results = [contestOf(`cold install of ${DEV}`, { 'mono install': 3 })];
    const cells = rowOf({ results, uniqueMib: { 'dev:1.0.0': 300 } }, 'dev:1.0.0: bytes');
    expect(cells).toEqual(['≤ 1.1', '1.10', 'yes']);
  });

  it('subtracts where the question is what a step adds', () => {
    const times = { 'materialise and run': 0.5, run: 0.25 };
    const results = [contestOf(`materialising ${DEV}`, times)];
    expect(rowOf({ results }, 'dev:1.0.0: install to')).toEqual(['≤ 100 ms', '250 ms', 'no']);
  });

  it('compares the disk after the last image', () => {
    const sizes = [
      { name: 'mono', mib: [700, 750] },
      { name: 'msb', mib: [850, 1800] },
    ];
    expect(rowOf({ sizes }, 'disk')).toEqual(['≤ 0.5', '0.42', 'yes']);
  });
});
