import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseProcessIo } from '../../bench/process-io.js';

function text(readBytes: number, writeBytes: number, cancelled: number): string {
  return `rchar: 9\nwchar: 8\nsyscr: 7\nsyscw: 6\nread_bytes: ${readBytes}\nwrite_bytes: ${writeBytes}\ncancelled_write_bytes: ${cancelled}\n`;
}

describe('parseProcessIo()', () => {
  it('takes what went to and came from storage, not the calls', () => {
    expect(parseProcessIo(text(4096, 8192, 0))).toEqual({ readBytes: 4096, writtenBytes: 8192 });
  });

  it('leaves out what was deleted before it was written', () => {
    expect(parseProcessIo(text(0, 8192, 4096)).writtenBytes).toBe(4096);
  });

  it('is never negative: a process can cancel what another one wrote', () => {
    expect(parseProcessIo(text(0, 0, 4096)).writtenBytes).toBe(0);
  });

  it('reads what this kernel says', () => {
    const io = parseProcessIo(readFileSync('/proc/self/io', 'utf8'));
    expect(Number.isSafeInteger(io.readBytes + io.writtenBytes)).toBe(true);
  });

  it('refuses a text without a figure', () => {
    expect(() => parseProcessIo('read_bytes: 1\n')).toThrow('without write_bytes');
  });
});
