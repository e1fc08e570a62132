import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './measure.js';

const MONO = join(import.meta.dirname, '../bin/run.cjs');

/** A project directory and a `MONO_HOME` of their own, below a scratch directory. */
export interface Workspace {
  /** Removes what earlier runs left and creates the empty directories. */
  reset(): void;
  /** Removes the project alone: the store keeps what it has. */
  resetProject(): void;
  /** Returns `mono` with these arguments, run in the project. */
  mono(...argv: string[]): Command;
  readonly home: string;
  readonly project: string;
}

/** Returns the workspace `name` below `scratch`. */
export function workspace(scratch: string, name: string): Workspace {
  const home = join(scratch, name, 'home');
  const project = join(scratch, name, 'project');
  return {
    home,
    project,
    reset() {
      rmSync(home, { recursive: true, force: true });
      this.resetProject();
    },
    resetProject() {
      rmSync(project, { recursive: true, force: true });
      mkdirSync(project, { recursive: true });
      writeFileSync(join(project, 'mono.yaml'), 'images: {}\n');
    },
    mono(...argv) {
      return { argv: [process.execPath, MONO, ...argv], cwd: project, env: { MONO_HOME: home } };
    },
  };
}

/** Returns the name that an image gets in a project. */
export function projectName(image: string): string {
  return image.replace(/^.*\/|:.*$/g, '');
}
