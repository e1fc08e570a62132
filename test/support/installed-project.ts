import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from './docker-registry.js';
import { runMono, writeUserConfig, type MonoRun } from './mono.js';

/** A project, the home of its user, and the registry that stands for Docker Hub. */
export interface InstalledProject {
  readonly registry: DockerRegistry;
  readonly place: { readonly cwd: string; readonly home: string };
  /** Runs the program in the project. */
  readonly mono: (...args: string[]) => Promise<MonoRun>;
}

/**
 * Gives each test of the calling file a fresh copy of a project in which `install` has been done once.
 * The registry serves all tests.
 */
export function useInstalledProject(
  install: (project: InstalledProject) => Promise<void>,
): Omit<InstalledProject, 'registry'> {
  const scratch = mkdtempSync(join(tmpdir(), 'mono-project-'));
  const [live, template] = [join(scratch, 'live'), join(scratch, 'template')];
  const place = { cwd: join(live, 'project'), home: join(live, 'home') };
  function mono(...args: string[]): Promise<MonoRun> {
    return runMono(args, place);
  }
  let registry: DockerRegistry;
  beforeAll(async () => {
    registry = await startDockerRegistry();
    mkdirSync(place.cwd, { recursive: true });
    writeUserConfig(place.home, { 'docker.io': registry.url });
    await install({ registry, place, mono });
    renameSync(live, template);
  });
  beforeEach(() => cpSync(template, live, { recursive: true }));
  afterEach(() => rmSync(live, { recursive: true, force: true }));
  afterAll(async () => {
    await registry.stop();
    rmSync(scratch, { recursive: true, force: true });
  });
  return { place, mono };
}
