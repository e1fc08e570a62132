import { describe, expect, it } from 'vitest';
import { parseReports } from '../../bench/measure.js';

const IO = 'read_bytes: 1048576\nwrite_bytes: 3145728\ncancelled_write_bytes: 1048576\n';

describe('parseReports()', () => {
  it('joins both reports of a run', () => {
    expect(parseReports('0.50 0.25 2048\n', `100.5 102.75\n${IO}`)).toEqual({
      wallSeconds: 2.25,
      userSeconds: 0.5,
      systemSeconds: 0.25,
      peakRssMib: 2,
      readMib: 1,
      writtenMib: 2,
    });
  });

  it('reads a clock whose locale writes a comma', () => {
    expect(parseReports('0 0 0\n', `1,5 2,75\n${IO}`).wallSeconds).toBe(1.25);
  });
});
