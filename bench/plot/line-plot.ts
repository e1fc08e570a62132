import type { Spread } from '../statistics.js';

/** One figure over growing numbers of images. */
export interface LinePlot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly points: readonly PlotPoint[];
}

/** A median, and how far the runs went to both sides of it. */
export interface PlotPoint {
  readonly x: number;
  readonly y: Spread;
}

const WIDTH = 560;
const HEIGHT = 300;
const MARGIN = { left: 64, right: 20, top: 40, bottom: 48 };
const MOST_Y_STEPS = 5;
/** What people count in: steps are one of these times a power of ten. */
const ROUND_STEPS = [1, 2, 5, 10] as const;
/** A line that does not rise stays near the middle instead of filling the plot with noise. */
const HEADROOM = 1.25;

/** Middle tones, so that a viewer that knows no colour schemes shows them well on any ground. */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #6b7280 }
  .title { font-size: 14px; font-weight: 600 }
  .grid { stroke: #9ca3af; stroke-opacity: 0.35 }
  .band { fill: #3b82f6; fill-opacity: 0.2 }
  .line { fill: none; stroke: #3b82f6; stroke-width: 2 }
  .dot { fill: #3b82f6 }
  @media (prefers-color-scheme: dark) { text { fill: #9ca3af } .title { fill: #d1d5db } }
`;

/**
 * Returns an SVG document of a plot that has at least one point: medians as a line, the spread as a
 * band, both axes from 0.
 */
export function linePlot({ title, xLabel, yLabel, points }: LinePlot): string {
  const scale = scaleFor(points);
  const line = points.map(({ x, y }) => `${scale.x(x)},${scale.y(y.median)}`).join(' ');
  const band = [
    ...points.map(({ x, y }) => `${scale.x(x)},${scale.y(y.max)}`),
    ...points.toReversed().map(({ x, y }) => `${scale.x(x)},${scale.y(y.min)}`),
  ].join(' ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}</style>`,
    text({ x: MARGIN.left, y: 22, content: title, attributes: 'class="title"' }),
    ...yAxis(scale),
    ...xAxis(points, scale),
    text({ x: MARGIN.left, y: HEIGHT - 8, content: `${xLabel} →` }),
    text({ x: WIDTH - MARGIN.right, y: 22, content: yLabel, attributes: 'text-anchor="end"' }),
    `<polygon class="band" points="${band}"/>`,
    `<polyline class="line" points="${line}"/>`,
    ...points.map(
      ({ x, y }) => `<circle class="dot" cx="${scale.x(x)}" cy="${scale.y(y.median)}" r="3"/>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

interface Scale {
  /** distance of the lines of the grid */
  readonly step: number;
  readonly top: number;
  x(value: number): number;
  y(value: number): number;
}

function scaleFor(points: readonly PlotPoint[]): Scale {
  const right = Math.max(...points.map(({ x }) => x)) || 1;
  const highest = Math.max(...points.map(({ y }) => y.max)) * HEADROOM || 1;
  const step = roundStep(highest / MOST_Y_STEPS);
  const top = Math.ceil(highest / step) * step;
  const width = WIDTH - MARGIN.left - MARGIN.right;
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  return {
    ...{ step, top },
    x: (value) => rounded(MARGIN.left + (value / right) * width),
    y: (value) => rounded(MARGIN.top + height - (value / top) * height),
  };
}

/** Returns the least round number that is not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * (ROUND_STEPS.find((step) => step * power >= least) ?? 10);
}

function yAxis(scale: Scale): string[] {
  const lines = Math.round(scale.top / scale.step) + 1;
  return Array.from({ length: lines }, (_, line) => {
    const value = line * scale.step;
    const y = scale.y(value);
    const label = text({
      x: MARGIN.left - 8,
      y: y + 4,
      content: String(Number(value.toPrecision(6))),
      attributes: 'text-anchor="end"',
    });
    return `<path class="grid" d="M${MARGIN.left} ${y}H${WIDTH - MARGIN.right}"/>${label}`;
  });
}

function xAxis(points: readonly PlotPoint[], scale: Scale): string[] {
  const y = HEIGHT - MARGIN.bottom + 18;
  return points.map(({ x }) =>
    text({ x: scale.x(x), y, content: `${x}`, attributes: 'text-anchor="middle"' }),
  );
}

interface Text {
  readonly x: number;
  readonly y: number;
  readonly content: string;
  readonly attributes?: string;
}

function text({ x, y, content, attributes = '' }: Text): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escape(content)}</text>`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
