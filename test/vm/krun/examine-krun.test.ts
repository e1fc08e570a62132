import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineKrun } from '../../../src/lib/vm/krun/examine-krun.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { VMM_OPTIONS } from '../support/vmm-options.js';

const temporary = useTemporaryDirectory();
const { launcher } = VMM_OPTIONS.krun;

describe('examineKrun()', () => {
  it('finds a library that the launcher can load', async () => {
    expect(await examineKrun(VMM_OPTIONS.krun)).toEqual({
      launcher,
      library: expect.stringMatching(/libkrun\.so\.1$/) as string,
      problem: undefined,
    });
  });

  it('says that there is no library', async () => {
    const library = { system: [temporary()], fetched: [] };

    const { problem } = await examineKrun({ library, launcher });

    expect(problem).toBe('libkrun.so.1 is not there');
  });

  it('says why a library cannot be loaded', async () => {
    const path = join(temporary(), 'libkrun.so.1');
    writeFileSync(path, 'not a library');

    const facts = await examineKrun({ library: { explicit: path, fetched: [] }, launcher });

    expect(facts.library).toBe(path);
    expect(facts.problem).toContain('cannot load libkrun');
    expect(facts.problem).toContain(path);
  });

  it('says which function a library lacks', async () => {
    const library = { explicit: '/lib/x86_64-linux-gnu/libc.so.6', fetched: [] };

    expect((await examineKrun({ library, launcher })).problem).toContain('has no krun_init_log');
  });

  it('says that the launcher is not there', async () => {
    const { problem } = await examineKrun({
      ...VMM_OPTIONS.krun,
      launcher: '/nonexistent/mono-krun',
    });

    expect(problem).toContain('/nonexistent/mono-krun');
  });

  it('tells a launcher that fails from a library that does', async () => {
    const { problem } = await examineKrun({ ...VMM_OPTIONS.krun, launcher: '/bin/false' });

    expect(problem).toBe('the launcher `/bin/false` ended with 1');
  });
});
