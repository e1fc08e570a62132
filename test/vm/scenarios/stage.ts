import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { NO_DEVICES, type MachineDevices } from '../../../src/lib/vm/devices.js';
import type { Machine } from '../../../src/lib/vm/machine.js';
import { runSandbox } from '../../../src/lib/vm/run-sandbox.js';
import type { ProcessSpec, SandboxExit, SandboxIo } from '../../../src/lib/vm/sandbox-spec.js';
import type { MachineSpec } from '../../../src/lib/vm/vmm.js';
import type { ScenarioImage } from './scenario-image.js';

/** What every machine of the scenarios has. */
export const MEMORY_MIB = 256;

/** One thing that every VMM must do, on real machines. Rejects where it does not. */
export interface Scenario {
  readonly name: string;
  play(stage: Stage): Promise<void>;
}

/** What scenarios are played on. They run with and without vitest, so they use nothing of it. */
export interface Stage {
  /** what `writeScenarioImage` makes */
  readonly image: ScenarioImage;
  /** path of the filesystem that disks for writes start with */
  readonly diskTemplate: string;
  /** a directory that scenarios may fill */
  readonly directory: string;
  /** an IPv4 address of the host that is not its loopback's */
  readonly outsideAddress: string;
  /** Starts a machine of the VMM at hand. */
  launch(spec: MachineSpec): Promise<Machine>;
  readonly bootTimeoutMs: number;
}

/** Overrides for one machine. */
export interface SceneOptions {
  readonly process?: Partial<ProcessSpec>;
  readonly devices?: Partial<MachineDevices>;
  readonly cpus?: number;
  readonly io?: Partial<SandboxIo>;
}

/** What a process has written and how it ended. */
export interface Scene {
  readonly exit: SandboxExit;
  readonly stdout: string;
  readonly stderr: string;
}

/** Boots a machine, runs `argv` in it and collects what it writes. */
export async function runScene(
  stage: Stage,
  argv: readonly string[],
  options: SceneOptions = {},
): Promise<Scene> {
  const output: Uint8Array[] = [];
  const errorOutput: Uint8Array[] = [];
  const spec = {
    rootfs: stage.image.disk,
    cpus: options.cpus ?? 1,
    memoryMib: MEMORY_MIB,
    hostname: 'box',
    devices: { ...NO_DEVICES, ...options.devices },
    process: { argv, env: {}, cwd: '/', user: '', ...options.process },
  } as const;
  const io: SandboxIo = {
    stdin: undefined,
    stdout: (bytes) => void output.push(bytes),
    stderr: (bytes) => void errorOutput.push(bytes),
    ...options.io,
  };
  const { bootTimeoutMs } = stage;
  const exit = await runSandbox(spec, io, { launch: (it) => stage.launch(it), bootTimeoutMs });
  return { exit, stdout: text(output), stderr: text(errorOutput) };
}

/** Returns a new directory for one scenario. */
export function sceneDirectory(stage: Stage): string {
  return mkdtempSync(join(stage.directory, 'scene-'));
}

function text(pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString('utf8');
}
