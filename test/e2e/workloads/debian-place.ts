import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { debianTar } from '../../support/debian-tree.js';
import { pushOciLayout, startDockerRegistry } from '../../support/docker-registry.js';
import { runMono, writeUserConfig, type MonoRun } from '../../support/mono.js';
import { processesOf } from '../../support/processes.js';
import { writeOciLayout } from '../../support/oci-layout.js';

const PACKAGES = ['gcc', 'libc6-dev', 'nodejs', 'postgresql-15'];
const PATH = '/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A user's home and project on a machine where the image `debian` is installed. */
export interface DebianPlace {
  /** Runs `mono` there and returns how it ended. */
  readonly mono: (...args: readonly string[]) => Promise<MonoRun>;
  /** Runs `mono` there, which is expected to succeed, and returns what it has written to stdout. */
  readonly output: (...args: readonly string[]) => Promise<string>;
  /** Kills the VMM of a sandbox, as the host's kernel does when memory is short. */
  readonly killVmm: (name: string) => void;
  /** Writes a file into the project. */
  readonly write: (name: string, text: string) => void;
}

/**
 * Serves one image, Debian with a C compiler, Node and PostgreSQL, from a real registry, and installs it,
 * once for the calling file.
 */
export function useDebianPlace(): DebianPlace {
  const scratch = mkdtempSync(join(tmpdir(), 'mono-workloads-'));
  const place = { cwd: join(scratch, 'project'), home: join(scratch, 'home') };
  mkdirSync(place.cwd);
  const mono = (...args: readonly string[]): Promise<MonoRun> => runMono(args, place);
  const output = async (...args: readonly string[]): Promise<string> => {
    const { stdout, stderr, exitCode } = await mono(...args);
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
    return stdout;
  };
  beforeAll(async () => {
    const registry = await startDockerRegistry();
    try {
      await pushDebian(registry, join(scratch, 'layout'));
      writeUserConfig(place.home, { 'docker.io': registry.url });
      await output('install', 'debian:12');
    } finally {
      await registry.stop();
    }
  });
  afterAll(async () => {
    const { sandboxes } = JSON.parse(await output('ps', '--all', '--json')) as {
      sandboxes: { name: string }[];
    };
    for (const { name } of sandboxes) await mono('rm', '--force', name);
    rmSync(scratch, { recursive: true, force: true });
  });
  return {
    mono,
    output,
    killVmm(name) {
      const directory = realpathSync(join(place.home, 'sandboxes/by-name', name));
      const vmm = processesOf(directory).find((it) => it.name.startsWith('qemu-system'));
      expect(vmm).toBeDefined();
      process.kill(vmm!.pid, 'SIGKILL');
    },
    write(name, text) {
      mkdirSync(dirname(join(place.cwd, name)), { recursive: true });
      writeFileSync(join(place.cwd, name), text);
    },
  };
}

async function pushDebian(
  registry: Awaited<ReturnType<typeof startDockerRegistry>>,
  directory: string,
): Promise<void> {
  const tar = await debianTar(PACKAGES);
  const config = { Env: [`PATH=${PATH}`], Cmd: ['bash'], StopSignal: 'SIGINT' };
  const image = { layers: [{ tar, compression: 'none' as const }], config };
  await writeOciLayout(directory, image, { tag: '12' });
  await pushOciLayout(registry, directory, 'library/debian:12');
  rmSync(directory, { recursive: true });
}
