import type { GrowthStage } from '../growth/growth-suite.js';
import { linePlot, type PlotPoint } from './line-plot.js';

const TITLES: Readonly<Record<string, string>> = {
  install: 'Installing one image more',
  'no-op': 'An install with nothing to do',
  gc: 'mono gc --dry-run',
  du: 'mono du',
  diff: 'mono diff of two images',
  'verify-one': 'mono verify of one image',
  verify: 'mono verify of everything',
};
const X_LABEL = 'installed images';

/** Returns the plots of growing stores: SVG documents by the names of their files. */
export function growthPlots(stages: readonly GrowthStage[]): Map<string, string> {
  const plots = new Map<string, string>();
  for (const [name, title] of Object.entries(TITLES)) {
    const points = stages.flatMap(({ images, commands }): PlotPoint[] => {
      const summary = commands[name];
      return summary ? [{ x: images, y: summary.wallSeconds }] : [];
    });
    if (points.length === 0) continue;
    plots.set(`${name}.svg`, linePlot({ title, xLabel: X_LABEL, yLabel: 'seconds', points }));
  }
  if (stages.length === 0) return plots;
  const index = stages.map(({ images, indexMib }): PlotPoint => ({
    x: images,
    y: exactly(indexMib),
  }));
  plots.set(
    'index.svg',
    linePlot({ title: 'Size of the index', xLabel: X_LABEL, yLabel: 'MiB', points: index }),
  );
  return plots;
}

function exactly(value: number) {
  return { min: value, median: value, max: value };
}
