/*
 * Sandboxes started and stopped in parallel batches, with random kills, leave nothing behind. How many
 * is read from MONO_SOAK; a few where that is not set.
 */
import { randomInt } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { generatedNames } from '../../../src/lib/vm/sandboxes/sandbox-name.js';
import type { SandboxRecord } from '../../../src/lib/vm/sandboxes/sandbox-record.js';
import { Sandboxes } from '../../../src/lib/vm/sandboxes/sandboxes.js';
import { startSandbox } from '../../../src/lib/vm/sandboxes/start-sandbox.js';
import { stopSandbox } from '../../../src/lib/vm/sandboxes/stop-sandbox.js';
import { useSandboxBench } from '../support/sandbox-bench.js';
import { MONITOR } from '../support/vmm-options.js';

const TOTAL = Number(process.env['MONO_SOAK'] ?? 6);
const BATCH = 3;
const TIMEOUT_MS = 60_000 + TOTAL * 30_000;
const SILENT = { stdin: undefined, stdout: () => undefined, stderr: () => undefined };
const bench = useSandboxBench();

/** Process ids of everything that works below the directory. */
function processesBelow(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(directory);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function startAndEnd(sandboxes: Sandboxes): Promise<void> {
  const created = await sandboxes.create({
    names: generatedNames(),
    image: 'busybox',
    root: 'bafyroot',
    stopSignal: 'SIGTERM',
    timeoutSeconds: 0,
    removeAtEnd: randomInt(2) === 0,
    spec: () => Promise.resolve(bench().spec(['sleep', '600'])),
  });
  const { vmm } = bench();
  const options = { sandboxes, vmm, monitor: MONITOR, isDetached: true, isNew: true };
  await startSandbox(created, SILENT, options);
  await end(await sandboxes.find(created.id), sandboxes);
}

/** By a stop, or by killing its monitor or its VMM. */
async function end(sandbox: SandboxRecord, sandboxes: Sandboxes): Promise<void> {
  const way = randomInt(3);
  const monitor = sandbox.monitor?.pid ?? 0;
  if (way === 0) return stopSandbox(sandbox, { sandboxes, graceMs: 0 });
  const all = processesBelow(sandboxes.directoryOf(sandbox));
  const victim = way === 1 ? monitor : all.find((pid) => pid !== monitor);
  process.kill(victim ?? monitor, 'SIGKILL');
}

describe(`${TOTAL} sandboxes, started in batches and ended by stops and kills`, () => {
  it(
    'leave no process, file or row',
    async () => {
      const data = join(bench().directory, 'soak');
      const sandboxes = new Sandboxes(data);
      for (let done = 0; done < TOTAL; done += BATCH) {
        await Promise.all(Array.from({ length: BATCH }, () => startAndEnd(sandboxes)));
      }
      for (let tries = 0; tries < 200 && processesBelow(data).length > 0; tries++) await sleep(50);

      expect(processesBelow(data)).toEqual([]);
      const left = await sandboxes.list();
      expect(left.filter(({ status }) => status !== 'stopped')).toEqual([]);
      for (const sandbox of left) await sandboxes.remove(sandbox);
      expect(await sandboxes.list()).toEqual([]);
      expect(readdirSync(join(data, 'sandboxes'))).toEqual(['by-name']);
      expect(readdirSync(join(data, 'sandboxes/by-name'))).toEqual([]);
      sandboxes.close();
    },
    TIMEOUT_MS,
  );
});
