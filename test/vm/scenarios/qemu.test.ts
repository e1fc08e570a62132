import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { openVmm } from '../../../src/lib/vm/open-vmm.js';
import { outsideAddress } from '../../support/outside-address.js';
import { launchOn } from '../support/launch-on.js';
import { DISK_TEMPLATE, VMM_OPTIONS } from '../support/vmm-options.js';
import { writeScenarioImage } from './scenario-image.js';
import { SCENARIOS } from './scenarios.js';
import type { Stage } from './stage.js';

const BOOT_TIMEOUT_MS = 60_000;

const directory = mkdtempSync(join(tmpdir(), 'mono-scenarios-'));
let stage: Stage;

beforeAll(async () => {
  const { vmm } = await openVmm(VMM_OPTIONS);
  stage = {
    directory,
    image: await writeScenarioImage(join(directory, 'image')),
    diskTemplate: DISK_TEMPLATE,
    outsideAddress: outsideAddress(),
    launch: launchOn(vmm, directory),
    bootTimeoutMs: BOOT_TIMEOUT_MS,
  };
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('a QEMU machine', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    await scenario.play(stage);
  });
});
