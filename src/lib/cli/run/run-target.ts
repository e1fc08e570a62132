import { homedir } from 'node:os';
import { join } from 'node:path';
import { prepareRun, type PreparedRun, type RunRequest } from '../../project/run/prepare-run.js';
import type { TargetKind } from '../../project/run/find-run-target.js';
import { machineDevices } from '../../project/sandbox/machine-devices.js';
import { createDisk, DEFAULT_DISK_BYTES } from '../../vm/create-disk.js';
import type { MachineDevices } from '../../vm/devices.js';
import type { RootDisk } from '../../vm/root-disk.js';
import type { SandboxSpec } from '../../vm/sandbox-spec.js';
import { stopSignalOf } from '../../vm/stop-signal.js';
import { anchorTarget } from '../../project/requirement/anchor-requirement.js';
import { installServices } from '../compose/install-services.js';
import { keptVersion } from '../compose/kept-version.js';
import { openVolumes } from '../compose/open-volumes.js';
import type { Context } from '../context.js';
import { InstallReporter } from '../print/install-reporter.js';
import { withLiveArea } from '../terminal/live-area.js';
import { devicesOfFlags, itemsOfEnvFiles, type DeviceFlagValues } from './device-flags.js';
import { memoryOfFlag, variablesOfFlag } from './run-flags.js';
import type { VmmWish } from '../../vm/vmm-wish.js';
import { startCommand } from '../sandbox/start-command.js';
import { terminalSize } from '../terminal/terminal.js';
import { startDependencies } from './start-dependencies.js';
import { lifetimeOfFlags, type LifetimeFlagValues } from './lifetime-flags.js';

/** What the command line of a run says. */
export interface RunOptions extends DeviceFlagValues, LifetimeFlagValues {
  readonly target: string;
  readonly kind: TargetKind;
  readonly command: readonly string[];
  readonly interactive?: boolean | undefined;
  readonly tty?: boolean | undefined;
  readonly env?: readonly string[] | undefined;
  readonly 'env-file'?: readonly string[] | undefined;
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
  readonly entrypoint?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memory?: string | undefined;
  readonly vmm?: VmmWish | undefined;
  readonly offline: boolean;
}

/**
 * Runs a sandbox and returns an exit code: that of its command, or with `detach` 0 once that runs.
 */
export async function runTarget(context: Context, options: RunOptions): Promise<number> {
  const { exitCode, name } = await run(context, options);
  if (options.detach) context.output.data(name);
  return exitCode;
}

async function run(
  context: Context,
  options: RunOptions,
): Promise<{ readonly exitCode: number; readonly name: string }> {
  const request = await requestOf(context, options);
  const reporter = new InstallReporter(context.output);
  const { prepared, rootfs } = await withLiveArea(context.output, async (area) => {
    const services = installServices(context, (event) => reporter.onEvent(event, area));
    const prepared = await prepareRun(request, {
      ...services,
      keptVersion: (target) => keptVersion(context, target),
    });
    return { prepared, rootfs: await context.rootDisk(prepared.root) };
  });
  await startDependencies(context, prepared.dependsOn, async (dependency) => {
    await run(context, dependencyOptions(dependency, options));
  });
  const hasTerminal = options.detach
    ? options.tty === true
    : (options.tty ?? (process.stdin.isTTY && process.stdout.isTTY));
  const host = await context.machineHost(options.vmm);
  const sandboxes = await context.sandboxes();
  const sandbox = await sandboxes.create({
    image: options.target,
    root: prepared.root,
    stopSignal: stopSignalOf(prepared.stopSignal),
    keepsInput: options.interactive ?? hasTerminal,
    ...lifetimeOfFlags(options, {
      sandboxName: prepared.sandboxName,
      isPersistent: prepared.devices.writes === 'disk',
    }),
    async spec(directory) {
      const devices = await machineDevices(prepared.devices, {
        volumes: openVolumes(context),
        writesDisk: join(directory, 'writes.ext4'),
      });
      const { writes } = devices;
      if (writes.kind === 'disk') await createWritesDisk(context, writes.path);
      return specOf(prepared, { rootfs, hasTerminal, devices, hostname: options.name });
    },
  });
  const { detach: isDetached, interactive: hasInput = true } = options;
  const start = { host, isDetached, isNew: true, hasInput };
  return { exitCode: await startCommand(context, sandbox, start), name: sandbox.name };
}

/** A dependency is run as `mono.yaml` says, and stays. */
function dependencyOptions(target: string, { offline, vmm }: RunOptions): RunOptions {
  return { target, kind: 'sandbox', command: [], interactive: false, detach: true, offline, vmm };
}

async function createWritesDisk(context: Context, path: string): Promise<void> {
  const { diskTemplate: template } = context.machinePlaces;
  await createDisk({ path, template, sizeBytes: DEFAULT_DISK_BYTES });
}

async function requestOf(context: Context, options: RunOptions): Promise<RunRequest> {
  const { entrypoint, memory } = options;
  const fromFiles = await itemsOfEnvFiles(options['env-file'] ?? []);
  return {
    target: anchorTarget(options.target, context.directory),
    kind: options.kind,
    project: await context.nearestProject(),
    globalProject: context.globalProject,
    overrides: {
      command: options.command,
      env: variablesOfFlag([...fromFiles, ...(options.env ?? [])], process.env),
      workdir: options.workdir,
      user: options.user,
      entrypoint: entrypoint === undefined ? undefined : entrypoint === '' ? [] : [entrypoint],
    },
    devices: devicesOfFlags(options),
    directory: context.directory,
    home: homedir(),
    cpus: options.cpus,
    memoryMib: memory === undefined ? undefined : memoryOfFlag(memory),
    defaults: (await context.userConfig()).defaults,
    platform: context.platform(),
    frozen: context.isCi ? 'whenLocked' : false,
    offline: options.offline,
  };
}

function specOf(
  run: PreparedRun,
  options: {
    readonly rootfs: RootDisk;
    readonly hasTerminal: boolean;
    readonly devices: MachineDevices;
    readonly hostname: string | undefined;
  },
): SandboxSpec {
  const { argv, env, workdir, user } = run.command;
  const { rootfs, hasTerminal, devices } = options;
  const size = hasTerminal ? terminalSize(process.stdout) : undefined;
  return {
    rootfs,
    cpus: run.cpus,
    memoryMib: run.memoryMib,
    hostname: options.hostname ?? run.name,
    devices,
    process: {
      argv,
      env: Object.fromEntries(env),
      cwd: workdir,
      user: user ?? '',
      ...(size ? { tty: { ...size, term: process.env['TERM'] } } : {}),
    },
  };
}
