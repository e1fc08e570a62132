import { describe, expect, it } from 'vitest';
import { spread, summarise } from '../../bench/statistics.js';

describe('spread()', () => {
  it('takes the middle of an odd number of values', () => {
    expect(spread([9, 1, 10])).toEqual({ min: 1, median: 9, max: 10 });
  });

  it('takes the mean of the two in the middle of an even number', () => {
    expect(spread([4, 1, 3, 100])).toEqual({ min: 1, median: 3.5, max: 100 });
  });

  it('leaves the values as they are', () => {
    const values = [2, 1];
    spread(values);
    expect(values).toEqual([2, 1]);
  });
});

describe('summarise()', () => {
  it('summarises every figure by itself, processor time as a sum', () => {
    const run = { userSeconds: 1, systemSeconds: 2, peakRssMib: 3, readMib: 4, writtenMib: 5 };
    const summary = summarise([
      { ...run, wallSeconds: 2 },
      { ...run, wallSeconds: 1, writtenMib: 9 },
    ]);
    expect(summary.runs).toBe(2);
    expect(summary.wallSeconds).toEqual({ min: 1, median: 1.5, max: 2 });
    expect(summary.cpuSeconds.median).toBe(3);
    expect(summary.readMib.max).toBe(4);
    expect(summary.writtenMib).toEqual({ min: 5, median: 7, max: 9 });
  });
});
