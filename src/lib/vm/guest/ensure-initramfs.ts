import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MonoError } from '../../errors.js';
import { writeFileAtomic } from '../../io/atomic-file.js';
import { initramfs } from './initramfs.js';

/** What {@link ensureInitramfs} works on. */
export interface EnsureInitramfsOptions {
  /** path of the guest program */
  readonly program: string;
  readonly cacheDirectory: string;
}

/**
 * Returns the path of the initramfs with the guest program, and writes it first where the cache does
 * not have it. Idempotent; several processes may do it at once.
 *
 * @throws {MonoError} `VM_GUEST_MISSING`, `IO_FAILED`, `DISK_FULL`
 */
export async function ensureInitramfs(options: EnsureInitramfsOptions): Promise<string> {
  const archive = initramfs(await readProgram(options.program));
  const hash = createHash('sha256').update(archive).digest('hex');
  const path = join(options.cacheDirectory, 'guests', `${hash}.cpio`);
  if ((await sizeOf(path)) !== archive.length) await writeFileAtomic(path, archive);
  return path;
}

async function readProgram(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new MonoError('VM_GUEST_MISSING', `Cannot read the guest program \`${path}\``, {
      details: { path },
      hint: 'Run `scripts/build-native`.',
      cause,
    });
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.size,
    () => undefined,
  );
}
