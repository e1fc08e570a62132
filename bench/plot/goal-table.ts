import { memoryBesideGuestMib } from '../krun/krun-figures.js';
import { markdownTable } from './markdown-table.js';
import type { BenchReport, ReportedContest } from './bench-report.js';

/** The reports that the goals are read from; what is missing in them was not measured. */
export interface GoalReports {
  readonly install: BenchReport | undefined;
  readonly fs: BenchReport | undefined;
  readonly krun: BenchReport | undefined;
}

/** One figure, what it should be at most, and what it is. */
interface Goal {
  readonly figure: string;
  readonly atMost: number;
  readonly unit: string;
  readonly measured: number | undefined;
}

const IMAGES = ['debian:12.0.0', 'python:3.11.0', 'dev:1.0.0'] as const;
const DEV = 'dev:1.0.0';
const MS = 1000;

/** Returns the table of goals and measured values in Markdown. */
export function goalTable(reports: GoalReports): string {
  const rows = goals(reports).map(({ figure, atMost, unit, measured }) => [
    figure,
    `≤ ${atMost}${unit}`,
    measured === undefined ? 'not measured' : `${digits(measured)}${unit}`,
    measured === undefined ? '–' : measured <= atMost ? 'yes' : 'no',
  ]);
  return markdownTable(['figure', 'goal', 'measured', 'met'], rows);
}

function goals({ install, fs, krun }: GoalReports): Goal[] {
  return [
    ...IMAGES.flatMap((image) => coldGoals(install, image)),
    ratio(`${DEV}: beside \`curl \\| igzip -d > file\``, 2, cold(install, DEV)('curl | igzip -d')),
    ...IMAGES.map((image) => writtenGoal(install, image)),
    {
      figure: `${DEV}: install to first exec, added by materialising`,
      atMost: 100,
      unit: ' ms',
      measured: difference(contest(install, 'materialising', DEV), 'run'),
    },
    ratio('disk after dev 1.0.0 and 1.1.0, beside msb', 0.5, diskRatio(install)),
    { figure: 'peak RSS of any install', atMost: 256, unit: ' MiB', measured: peakRss(install) },
    ...IMAGES.map((image) => {
      const found = contest(install, 'no-op install of', image);
      return ratio(`${image}: no-op install beside \`node -e 0\``, 2, ratioTo(found, 'node -e 0'));
    }),
    ...startGoals(install),
    ...addedGoals(install),
    ...runGoals(install),
    ...krunGoals(krun),
    ...treeGoals(fs),
  ];
}

function coldGoals(install: BenchReport | undefined, image: string): Goal[] {
  const beside = cold(install, image);
  return [
    ratio(`${image}: cold install beside \`msb pull\``, 0.5, beside('msb pull')),
    ratio(`${image}: cold install beside \`podman pull\``, 0.12, beside('podman pull')),
  ];
}

function cold(install: BenchReport | undefined, image: string) {
  const found = contest(install, 'cold install of', image);
  return (name: string) => ratioTo(found, name);
}

function writtenGoal(install: BenchReport | undefined, image: string): Goal {
  const found = contest(install, 'cold install of', image);
  const written = found?.results[0]?.summary.writtenMib?.median;
  const unique = install?.uniqueMib?.[image];
  const measured = written === undefined || unique === undefined ? undefined : written / unique;
  return ratio(`${image}: bytes written by an install / unique content`, 1.1, measured);
}

function startGoals(install: BenchReport | undefined): Goal[] {
  const version = install?.results.find(({ title }) => title === 'mono --version');
  const [first] = medians(contest(install, 'first output of', DEV), '');
  return [
    ratio('`mono --version` beside `node -e 0`', 2, ratioTo(version, 'node -e 0')),
    {
      figure: `${DEV}: first output of an install`,
      atMost: 150,
      unit: ' ms',
      measured: first === undefined ? undefined : first * MS,
    },
  ];
}

function addedGoals(install: BenchReport | undefined): Goal[] {
  const { retagBytes, relatedBytes, aloneBytes } = install?.added ?? {};
  const isMeasured = relatedBytes !== undefined && aloneBytes !== undefined;
  return [
    { figure: `${DEV}: stored for a second tag`, atMost: 0, unit: ' bytes', measured: retagBytes },
    {
      figure: 'dev:1.1.0 after 1.0.0: stored of what it takes alone',
      atMost: 15,
      unit: ' %',
      measured: isMeasured ? (100 * relatedBytes) / aloneBytes : undefined,
    },
  ];
}

function runGoals(install: BenchReport | undefined): Goal[] {
  const found = contest(install, 'run true in', DEV);
  const machines = found?.results.slice(1).map(({ name }) => name) ?? ['bare QEMU'];
  const exec = ratioTo(contest(install, 'exec true in', DEV), 'node -e 0');
  const again = ratioTo(contest(install, 'start a sandbox of', DEV), 'mono run -d');
  return [
    ...machines.map((name) =>
      ratio(`${DEV}: \`mono run -- true\` beside ${name}`, 1.1, ratioTo(found, name)),
    ),
    ratio(`${DEV}: \`mono exec\` in a running sandbox beside \`node -e 0\``, 1.5, exec),
    ratio(`${DEV}: the second start of a sandbox beside the first of another`, 1.05, again),
  ];
}

function krunGoals(report: BenchReport | undefined): Goal[] {
  const figures = report?.krun;
  return [
    ratio(
      'krun: a machine that runs `true` beside the bare launcher',
      1.1,
      figures && figures.mono.median / figures.bareLauncher.median,
    ),
    {
      figure: 'krun: memory of the host beside that of the guest',
      atMost: 20,
      unit: ' MiB',
      measured: figures && memoryBesideGuestMib(figures),
    },
  ];
}

/** The contests of the filesystem carry their own size in the title. */
function treeGoals(fs: BenchReport | undefined): Goal[] {
  return (['found', 'merged'] as const).map((end) => {
    const found = fs?.results.find(({ title }) => title.endsWith(` files, ${end}`));
    return {
      figure: `${found?.title ?? `10 changes among 200000 files, ${end}`}: beyond start-up`,
      atMost: 50,
      unit: ' ms',
      measured: difference(found, 'mono diff of equals'),
    };
  });
}

function ratio(figure: string, atMost: number, measured: number | undefined): Goal {
  return { figure, atMost, unit: '', measured };
}

function contest(report: BenchReport | undefined, start: string, image: string) {
  return report?.results.find(
    ({ title }) => title.startsWith(start) && title.split(/[ /]/).includes(image),
  );
}

/** The first contestant's median time over that of the one with this name. */
function ratioTo(found: ReportedContest | undefined, name: string): number | undefined {
  const [own, other] = medians(found, name);
  return own === undefined || other === undefined ? undefined : own / other;
}

/** By how much the first contestant's median is above that of the one with this name, in `ms`. */
function difference(found: ReportedContest | undefined, name: string): number | undefined {
  const [own, other] = medians(found, name);
  return own === undefined || other === undefined ? undefined : (own - other) * MS;
}

function medians(found: ReportedContest | undefined, name: string) {
  const other = found?.results.find((result) => result.name === name);
  return [found?.results[0], other].map((result) => result?.summary.wallSeconds.median);
}

function diskRatio(install: BenchReport | undefined): number | undefined {
  const [own, msb] = ['mono', 'msb'].map((name) =>
    install?.sizes?.find((size) => size.name === name)?.mib.at(-1),
  );
  return own === undefined || msb === undefined ? undefined : own / msb;
}

function peakRss(install: BenchReport | undefined): number | undefined {
  const peaks = install?.results
    .filter(({ title }) => title.startsWith('cold install of'))
    .map(({ results }) => results[0]!.summary.peakRssMib.max);
  return peaks?.length ? Math.max(...peaks) : undefined;
}

function digits(value: number): string {
  return Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(2);
}
