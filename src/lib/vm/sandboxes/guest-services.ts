import { PassThrough } from 'node:stream';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { MonitorConnection } from '../monitor/monitor-connection.js';
import type { SandboxIo } from '../sandbox-spec.js';
import { execProcess } from '../session/exec-process.js';

/** What the guest says on its error output is cut there, in `bytes`. */
const MAX_MESSAGE_BYTES = 4096;

/** What the guest program does itself (docs/formats/guest-protocol.md, "Services"). */
export interface GuestServices {
  /**
   * Yields a tar archive of everything that was written to the root filesystem, as overlayfs keeps
   * it: character devices 0:0 are whiteouts, `trusted.overlay.opaque=y` marks opaque directories. Its
   * root is the entry `.`. Hostile: it comes from the guest.
   */
  exportWrites(): AsyncIterable<Uint8Array>;
  /**
   * Yields a tar archive of a file or directory; its entries begin with the last component of `path`.
   * Hostile: it comes from the guest.
   */
  readPath(path: string): AsyncIterable<Uint8Array>;
  /**
   * Makes the files of a tar archive in the guest: in the directory that `path` is, or under the name
   * that it gives in one.
   */
  writePath(path: string, archive: AsyncIterable<Uint8Array>): Promise<void>;
  /** Returns /proc/stat, meminfo, loadavg and net/dev of the guest, one after the other. */
  statistics(): Promise<string>;
}

/**
 * Returns the services of the guest behind `connection`, which serves one call.
 *
 * All of them throw `VM_SERVICE_FAILED` when the guest cannot do it, and what `execProcess` throws.
 */
export function guestServices(connection: MonitorConnection): GuestServices {
  return {
    exportWrites: () => outputOf(connection, ['export-writes']),
    readPath: (path) => outputOf(connection, ['read-path', path]),
    writePath: (path, archive) =>
      run(connection, ['write-path', path], { stdin: archive, stdout: () => undefined }),
    async statistics() {
      const pieces: Uint8Array[] = [];
      await run(connection, ['statistics'], {
        stdin: undefined,
        stdout: (bytes) => void pieces.push(bytes),
      });
      return Buffer.concat(pieces).toString('latin1');
    },
  };
}

async function* outputOf(
  connection: MonitorConnection,
  argv: readonly string[],
): AsyncGenerator<Uint8Array, void> {
  const output = new PassThrough();
  const done = run(connection, argv, {
    stdin: undefined,
    stdout: (bytes) =>
      output.write(bytes) ? undefined : new Promise((resolve) => output.once('drain', resolve)),
  });
  done.then(
    () => output.end(),
    (error: unknown) => output.destroy(error as Error),
  );
  yield* output as AsyncIterable<Uint8Array>;
}

async function run(
  connection: MonitorConnection,
  argv: readonly string[],
  streams: Pick<SandboxIo, 'stdin' | 'stdout'>,
): Promise<void> {
  let said = Buffer.alloc(0);
  const exit = await execProcess(
    connection,
    {
      ...streams,
      stderr: (bytes) => {
        said = Buffer.concat([said, bytes]).subarray(0, MAX_MESSAGE_BYTES);
      },
    },
    { process: { argv, env: {}, cwd: '/', user: '' }, options: { isService: true } },
  );
  if (exit.code === 0) return;
  const reason = redact(said.toString().trim());
  throw new MonoError('VM_SERVICE_FAILED', `The guest failed: ${reason || `code ${exit.code}`}`, {
    details: { service: argv[0] ?? '', reason },
  });
}
