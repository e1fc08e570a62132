import { PassThrough } from 'node:stream';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import type { SandboxExit, SandboxIo } from '../sandbox-spec.js';

/** What the guest says on its error output is cut there, in `bytes`. */
const MAX_MESSAGE_BYTES = 4096;

/** Runs a service of a guest with these streams. */
export type RunService = (io: SandboxIo) => Promise<SandboxExit>;

/**
 * Yields what a service writes. One who leaves early makes it fail.
 *
 * @throws {MonoError} `VM_SERVICE_FAILED` when the guest cannot do it; what `service` throws
 */
export async function* outputOfService(
  name: string,
  service: RunService,
): AsyncGenerator<Uint8Array, void> {
  const output = new PassThrough();
  const done = runService(name, {
    service,
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

/**
 * Runs a service to its end.
 *
 * @throws {MonoError} `VM_SERVICE_FAILED` when the guest cannot do it; what `service` throws
 */
export async function runService(
  name: string,
  { service, ...streams }: Pick<SandboxIo, 'stdin' | 'stdout'> & { readonly service: RunService },
): Promise<void> {
  let said = Buffer.alloc(0);
  const exit = await service({
    ...streams,
    stderr: (bytes) => {
      said = Buffer.concat([said, bytes]).subarray(0, MAX_MESSAGE_BYTES);
    },
  });
  if (exit.code === 0) return;
  const reason = redact(said.toString().trim());
  throw new MonoError('VM_SERVICE_FAILED', `The guest failed: ${reason || `code ${exit.code}`}`, {
    details: { service: name, reason },
  });
}
