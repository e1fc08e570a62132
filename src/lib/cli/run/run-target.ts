import { prepareRun, type PreparedRun, type RunRequest } from '../../project/run/prepare-run.js';
import type { TargetKind } from '../../project/run/find-run-target.js';
import { NO_DEVICES } from '../../vm/devices.js';
import type { SandboxIo, SandboxSpec } from '../../vm/sandbox-spec.js';
import { AsyncQueue } from '../../base/async-queue.js';
import { anchorTarget } from '../../project/requirement/anchor-requirement.js';
import type { Context } from '../context.js';
import { InstallReporter } from '../print/install-reporter.js';
import { withLiveArea } from '../terminal/live-area.js';
import { memoryOfFlag, variablesOfFlag } from './run-flags.js';
import { terminalSize, withRawTerminal, type TerminalSize } from '../terminal/terminal.js';

/** What the command line of a run says. */
export interface RunOptions {
  readonly target: string;
  readonly kind: TargetKind;
  readonly command: readonly string[];
  readonly interactive: boolean;
  readonly tty?: boolean | undefined;
  readonly env?: readonly string[] | undefined;
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
  readonly entrypoint?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memory?: string | undefined;
  readonly offline: boolean;
}

/** Runs a sandbox in the foreground and returns the exit code of its command. */
export async function runTarget(context: Context, options: RunOptions): Promise<number> {
  const request = await requestOf(context, options);
  const reporter = new InstallReporter(context.output);
  const { prepared, rootfsPath } = await withLiveArea(context.output, async (area) => {
    const services = context.installServices((event) => reporter.onEvent(event, area));
    const run = await prepareRun(request, services);
    return { prepared: run, rootfsPath: await context.rootfsPath(run.root) };
  });
  const hasTerminal = options.tty ?? (process.stdin.isTTY && process.stdout.isTTY);
  const spec = specOf(prepared, { rootfsPath, hasTerminal });
  const streams = openStreams({ hasInput: options.interactive, hasTerminal });
  const release = context.forwardSignals((signal) => streams.signals.push(signal));
  try {
    return await withRawTerminal(hasTerminal && options.interactive, () =>
      context.runSandbox(spec, streams.io),
    );
  } finally {
    release();
    streams.close();
  }
}

async function requestOf(context: Context, options: RunOptions): Promise<RunRequest> {
  const { entrypoint, memory } = options;
  return {
    target: anchorTarget(options.target, context.directory),
    kind: options.kind,
    project: await context.nearestProject(),
    globalProject: context.globalProject,
    overrides: {
      command: options.command,
      env: variablesOfFlag(options.env ?? [], process.env),
      workdir: options.workdir,
      user: options.user,
      entrypoint: entrypoint === undefined ? undefined : entrypoint === '' ? [] : [entrypoint],
    },
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
  { rootfsPath, hasTerminal }: { readonly rootfsPath: string; readonly hasTerminal: boolean },
): SandboxSpec {
  const { argv, env, workdir, user } = run.command;
  const size = hasTerminal ? terminalSize(process.stdout) : undefined;
  return {
    rootfs: { format: 'raw', path: rootfsPath },
    cpus: run.cpus,
    memoryMib: run.memoryMib,
    hostname: run.name,
    devices: NO_DEVICES,
    process: {
      argv,
      env: Object.fromEntries(env),
      cwd: workdir,
      user: user ?? '',
      ...(size ? { tty: { ...size, term: process.env['TERM'] } } : {}),
    },
  };
}

interface Streams {
  readonly io: SandboxIo;
  readonly signals: AsyncQueue<NodeJS.Signals>;
  close(): void;
}

function openStreams(options: { hasInput: boolean; hasTerminal: boolean }): Streams {
  const signals = new AsyncQueue<NodeJS.Signals>();
  const resizes = new AsyncQueue<TerminalSize>();
  function onResize(): void {
    resizes.push(terminalSize(process.stdout));
  }
  if (options.hasTerminal) process.stdout.on('resize', onResize);
  return {
    signals,
    io: {
      stdin: options.hasInput ? process.stdin : undefined,
      stdout: (bytes) => write(process.stdout, bytes),
      stderr: (bytes) => write(process.stderr, bytes),
      resizes,
      signals,
    },
    close() {
      process.stdout.off('resize', onResize);
      signals.close();
      resizes.close();
      process.stdin.pause();
    },
  };
}

/** Fulfilled when the stream wants more, so that a slow reader slows the guest down. */
function write(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> | void {
  if (stream.write(bytes)) return;
  return new Promise((resolve) => stream.once('drain', resolve));
}
