/*
 * Runs inside the outer machine: plays the scenarios that are asked for on krun machines and adds a
 * line to the results for each. Ends early when a machine is lost.
 */
import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureInitramfs } from '../../../src/lib/vm/guest/ensure-initramfs.js';
import { createKrunVmm } from '../../../src/lib/vm/krun/krun-vmm.js';
import { EPHEMERAL, launchMachine } from '../../../src/lib/vm/monitor/monitored-machine.js';
import { SCENARIOS } from '../scenarios/scenarios.js';
import type { Scenario, Stage } from '../scenarios/stage.js';
import { hasSaidNothing } from './has-said-nothing.js';
import type { InnerOptions, InnerResult } from './inner-options.js';

/** An inner machine boots in seconds, on a busy host in tens of them, or never. */
const BOOT_TIMEOUT_MS = 90_000;
const SCENARIO_TIMEOUT_MS = 200_000;
/** What `init` gives the outer machine's loopback interface beside 127.0.0.1. */
const OUTSIDE_ADDRESS = '10.9.8.7';

const exchange = dirname(process.argv[1] ?? '');
const options = JSON.parse(readFileSync(join(exchange, 'options.json'), 'utf8')) as InnerOptions;
const directory = mkdtempSync(join(tmpdir(), 'inner-'));
const stage = await prepareStage();
for (const scenario of SCENARIOS) {
  if (!options.scenarios.includes(scenario.name)) continue;
  const result = await playWithin(scenario, SCENARIO_TIMEOUT_MS);
  appendFileSync(join(exchange, 'results.jsonl'), `${JSON.stringify(result)}\n`);
  if (result.outcome === 'lost') break;
}
process.exit(0);

async function prepareStage(): Promise<Stage> {
  const { launcher, library, kernel, monitor, guestProgram, diskTemplate, image } = options;
  const initramfs = await ensureInitramfs({ program: guestProgram, cacheDirectory: directory });
  const vmm = createKrunVmm({ launcher, library, kernel, initramfs });
  return {
    image,
    diskTemplate,
    directory,
    outsideAddress: OUTSIDE_ADDRESS,
    bootTimeoutMs: BOOT_TIMEOUT_MS,
    launch: async (spec) => {
      const machineDirectory = mkdtempSync(join(directory, 'machine-'));
      return launchMachine(spec, { vmm, monitor, directory: machineDirectory, watch: EPHEMERAL });
    },
  };
}

async function playWithin(scenario: Scenario, timeoutMs: number): Promise<InnerResult> {
  const { name } = scenario;
  const startMs = Date.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('it took too long')), timeoutMs);
  });
  try {
    await Promise.race([scenario.play(stage), late]);
    return { name, outcome: 'passed', durationMs: Date.now() - startMs };
  } catch (error) {
    const durationMs = Date.now() - startMs;
    const isLost = durationMs >= BOOT_TIMEOUT_MS || hasSaidNothing(error);
    return { name, outcome: isLost ? 'lost' : 'failed', durationMs, text: textOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : 'something was thrown';
}
