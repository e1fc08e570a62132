import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureKernel } from '../../../src/lib/vm/kernel/ensure-kernel.js';
import { writeScenarioImage } from '../scenarios/scenario-image.js';
import { SCENARIOS } from '../scenarios/scenarios.js';
import { DISK_TEMPLATE, MONITOR, VMM_OPTIONS } from '../support/vmm-options.js';
import { EXCHANGE, writeOuterInitramfs } from './outer-machine.js';
import { playNested, type NestedRun } from './play-nested.js';

const ROOT = join(import.meta.dirname, '../../..');
/** Three outer machines that each stand still at their last scenario. */
const SUITE_TIMEOUT_MS = 20 * 60_000;

const directory = mkdtempSync(join(tmpdir(), 'mono-nested-'));
let run: NestedRun;

beforeAll(async () => {
  await prepare();
  run = await playNested(directory, {
    scenarios: SCENARIOS.map(({ name }) => name),
    launcher: join(ROOT, 'build/native/mono-krun'),
    library: join(ROOT, 'build/kernel/libkrun.so.1'),
    kernel: await ensureKernel({
      library: join(ROOT, 'build/kernel/libkrunfw.so.5'),
      cacheDirectory: VMM_OPTIONS.cacheDirectory,
    }),
    monitor: MONITOR,
    guestProgram: VMM_OPTIONS.guestProgram,
    diskTemplate: DISK_TEMPLATE,
    imagePath: join(directory, 'root.erofs'),
  });
  console.log(`nested: ${run.starts} outer machine(s) for ${SCENARIOS.length} scenarios`);
}, SUITE_TIMEOUT_MS);

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('a krun machine', () => {
  it.each(SCENARIOS)('$name', ({ name }) => {
    const result = run.results.find((it) => it.name === name);

    expect(result?.text ?? '', `console of the outer machine:\n${run.console}`).toBe('');
    expect(result, run.console).toMatchObject({ outcome: 'passed' });
  });
});

/** Puts into the directory what the outer machine runs. */
async function prepare(): Promise<void> {
  writeFileSync(
    join(directory, 'command'),
    `exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/run/tmp ${process.execPath} ${EXCHANGE}/inner.mjs\n`,
  );
  writeOuterInitramfs(join(directory, 'initramfs'));
  await Promise.all([
    writeScenarioImage(join(directory, 'root.erofs')),
    build({
      entryPoints: [join(import.meta.dirname, 'inner.ts')],
      outfile: join(directory, 'inner.mjs'),
      ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
    }),
  ]);
}
