import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';
import { openVmm } from '../../../src/lib/vm/open-vmm.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { launchOn } from '../support/launch-on.js';
import { DISK_TEMPLATE, VMM_OPTIONS } from '../support/vmm-options.js';
import { writeScenarioImage } from './scenario-image.js';
import { SCENARIOS } from './scenarios.js';

const BOOT_TIMEOUT_MS = 60_000;

const temporary = useTemporaryDirectory();
let opened: Awaited<ReturnType<typeof openVmm>>;
beforeAll(async () => {
  opened = await openVmm(VMM_OPTIONS);
});

describe('a QEMU machine', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const directory = temporary();
    const imagePath = join(directory, 'root.erofs');
    await writeScenarioImage(imagePath);

    await scenario.play({
      imagePath,
      directory,
      diskTemplate: DISK_TEMPLATE,
      launch: launchOn(opened.vmm, directory),
      bootTimeoutMs: BOOT_TIMEOUT_MS,
    });
  });
});
