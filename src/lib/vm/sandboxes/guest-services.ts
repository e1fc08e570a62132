import type { MonitorConnection } from '../monitor/monitor-connection.js';
import type { ProcessSpec, SandboxExit, SandboxIo } from '../sandbox-spec.js';
import { execProcess } from '../session/exec-process.js';
import { outputOfService, runService, type RunService } from './guest-output.js';

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
  return servicesBy((process, io) =>
    execProcess(connection, io, { process, options: { isService: true } }),
  );
}

/**
 * Returns the services of the guest that `serve` runs one of.
 *
 * All of them throw `VM_SERVICE_FAILED` when the guest cannot do it, and what `serve` throws.
 */
export function servicesBy(
  serve: (process: ProcessSpec, io: SandboxIo) => Promise<SandboxExit>,
): GuestServices {
  function serviceOf(argv: readonly string[]): RunService {
    return (io) => serve({ argv, env: {}, cwd: '/', user: '' }, io);
  }
  function outputOf(...argv: string[]): AsyncGenerator<Uint8Array, void> {
    return outputOfService(argv[0] ?? '', serviceOf(argv));
  }
  return {
    exportWrites: () => outputOf('export-writes'),
    readPath: (path) => outputOf('read-path', path),
    async writePath(path, archive) {
      const service = serviceOf(['write-path', path]);
      await runService('write-path', { service, stdin: archive, stdout: () => undefined });
    },
    async statistics() {
      const pieces: Uint8Array[] = [];
      for await (const piece of outputOf('statistics')) pieces.push(piece);
      return Buffer.concat(pieces).toString('latin1');
    },
  };
}
