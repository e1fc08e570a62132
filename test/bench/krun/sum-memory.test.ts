import { describe, expect, it } from 'vitest';
import { sumMemory } from '../../../bench/krun/sum-memory.js';

const SMAPS = `55d0c0000000-55d0c0005000 r-xp 00000000 08:01 42 /build/native/mono-krun
Size:                 20 kB
Pss:                  12 kB
Pss_Dirty:             0 kB
7f0000000000-7f0010000000 rw-p 00000000 00:00 0
Size:             262144 kB
Pss:               54480 kB
7f0020000000-7f0024000000 rw-p 00000000 00:00 0
Pss:                 100 kB
7f0030000000-7f0030100000 rw-p 00000000 00:00 0
Pss:                 900 kB
`;

describe('sumMemory()', () => {
  it('tells the memory of the guest, also in parts, from that of its process', () => {
    expect(sumMemory('mono-krun', SMAPS, 256)).toEqual({
      name: 'mono-krun',
      guestKib: 54_580,
      otherKib: 912,
    });
  });

  it('sums up nothing for a process that is gone', () => {
    expect(sumMemory('mono-krun', '', 256)).toEqual({
      name: 'mono-krun',
      guestKib: 0,
      otherKib: 0,
    });
  });
});
