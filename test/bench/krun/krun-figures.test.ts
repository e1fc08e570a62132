import { describe, expect, it } from 'vitest';
import { krunFigures, memoryBesideGuestMib } from '../../../bench/krun/krun-figures.js';

const MEMORY = [
  { name: 'mono-krun', guestKib: 100_000, otherKib: 9216 },
  { name: 'mono-monitor', guestKib: 0, otherKib: 1024 },
];

describe('krunFigures()', () => {
  it('keeps the times of each and the memory of the processes', () => {
    const figures = krunFigures([
      { name: 'bare launcher', milliseconds: 1000 },
      { name: 'mono', milliseconds: 1500 },
      { name: 'bare launcher', milliseconds: 3000 },
      { name: 'mono', milliseconds: 2500 },
      { memory: MEMORY },
    ]);

    expect(figures).toEqual({
      mono: { min: 1.5, median: 2, max: 2.5 },
      bareLauncher: { min: 1, median: 2, max: 3 },
      memory: MEMORY,
    });
    expect(memoryBesideGuestMib(figures)).toBe(10);
  });
});
