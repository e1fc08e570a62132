import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureTscFrequency } from '../../../src/lib/vm/qemu/ensure-tsc-frequency.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { VMM_OPTIONS } from '../support/vmm-options.js';

const temporary = useTemporaryDirectory();

function programThatPrints(text: string): string {
  const path = join(temporary(), 'program');
  writeFileSync(path, `#!/bin/sh\nprintf '${text}'\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('ensureTscFrequency()', () => {
  it('measures the same frequency each time, to 100 parts in a million', async () => {
    const program = VMM_OPTIONS.guestProgram;

    const first = await ensureTscFrequency({ program, cacheDirectory: join(temporary(), 'a') });
    const second = await ensureTscFrequency({ program, cacheDirectory: join(temporary(), 'b') });

    expect(Math.abs(first! - second!) / first!).toBeLessThan(1e-4);
  });

  it('measures once per start of the host', async () => {
    const cacheDirectory = temporary();
    await ensureTscFrequency({ program: programThatPrints('2000000\\n'), cacheDirectory });

    const again = await ensureTscFrequency({
      program: programThatPrints('3000000\\n'),
      cacheDirectory,
    });

    expect(again).toBe(2_000_000);
    const [name] = readdirSync(join(cacheDirectory, 'tsc'));
    expect(readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')).toBe(`${name}\n`);
  });

  it.each(['', '0\\n', '99999999\\n', '12x\\n', 'Infinity\\n'])(
    'knows nothing from %o',
    async (text) => {
      const program = programThatPrints(text);

      expect(await ensureTscFrequency({ program, cacheDirectory: temporary() })).toBeUndefined();
      expect(readdirSync(temporary())).toEqual(['program']);
    },
  );

  it('knows nothing without a program', async () => {
    const program = join(temporary(), 'none');

    expect(await ensureTscFrequency({ program, cacheDirectory: temporary() })).toBeUndefined();
  });
});
