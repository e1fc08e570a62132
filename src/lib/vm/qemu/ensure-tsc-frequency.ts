import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeFileAtomic } from '../../io/atomic-file.js';

/** What {@link ensureTscFrequency} works on. */
export interface EnsureTscFrequencyOptions {
  /** path of the guest program, which measures when it is run on the host */
  readonly program: string;
  readonly cacheDirectory: string;
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
/** It takes 20 ms on an idle host. */
const TIMEOUT_MS = 2000;
/** Every x86-64 processor counts with between 0.1 and 20 GHz. */
const LOWEST_KHZ = 100_000;
const HIGHEST_KHZ = 20_000_000;

/**
 * Returns the frequency of this host's time stamp counter in kHz, measured once per start of the
 * host, or undefined where it cannot be known; a guest then measures for itself.
 */
export async function ensureTscFrequency(
  options: EnsureTscFrequencyOptions,
): Promise<number | undefined> {
  const boot = (await readFile(BOOT_ID, 'latin1').catch(() => '')).trim();
  if (!/^[0-9a-f-]{36}$/.test(boot)) return measure(options.program);
  const path = join(options.cacheDirectory, 'tsc', boot);
  const known = parse(await readFile(path, 'latin1').catch(() => ''));
  if (known !== undefined) return known;
  const measured = await measure(options.program);
  if (measured !== undefined) await writeFileAtomic(path, `${measured}\n`);
  return measured;
}

async function measure(program: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, [], { env: {}, timeout: TIMEOUT_MS });
    return parse(stdout);
  } catch {
    return undefined;
  }
}

function parse(text: string): number | undefined {
  const khz = /^\d{1,9}\n$/.test(text) ? Number(text) : 0;
  return khz >= LOWEST_KHZ && khz <= HIGHEST_KHZ ? khz : undefined;
}
