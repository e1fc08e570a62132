import { describe, expect, it } from 'vitest';
import { linePlot } from '../../../bench/plot/line-plot.js';

const PLOT = { title: 'a < b & "c"', xLabel: 'images', yLabel: 's' };

function at(x: number, median: number) {
  return { x, y: { min: median / 2, median, max: median * 2 } };
}

describe('linePlot()', () => {
  it('puts larger values higher and more images further right', () => {
    const svg = linePlot({ ...PLOT, points: [at(1, 1), at(200, 3)] });
    const dots = [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map((dot) => dot.map(Number));
    expect(dots).toHaveLength(2);
    expect(dots[1]![1]).toBeGreaterThan(dots[0]![1]!);
    expect(dots[1]![2]).toBeLessThan(dots[0]![2]!);
  });

  it('starts the value axis at 0', () => {
    const svg = linePlot({ ...PLOT, points: [at(1, 0), at(10, 4)] });
    const [, , y] = /cx="([\d.]+)" cy="([\d.]+)"/.exec(svg)!.map(Number);
    expect(y).toBe(252);
  });

  it('surrounds the medians with a band from the least to the most', () => {
    const svg = linePlot({ ...PLOT, points: [at(1, 1), at(10, 2)] });
    expect(/class="band" points="([^"]*)"/.exec(svg)![1]!.split(' ')).toHaveLength(4);
  });

  it('escapes what markup would misread', () => {
    const svg = linePlot({ ...PLOT, points: [at(1, 1)] });
    expect(svg).toContain('a &#60; b &#38; &#34;c&#34;');
  });

  it('draws figures that are all 0', () => {
    expect(linePlot({ ...PLOT, points: [at(0, 0)] })).not.toContain('NaN');
  });
});
