import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { archivePath } from '../../project/copy/archive-path.js';
import { extractCopy } from '../../project/copy/extract-copy.js';
import type { Context } from '../context.js';
import { withGuestServices } from './with-guest-services.js';

/** A path in a sandbox; a path of the host holds a `/` before its first `:`. */
const IN_SANDBOX = /^([A-Za-z0-9][A-Za-z0-9_.-]*):(.+)$/;
/** stdin or stdout, for a tar archive. */
const STREAM = '-';

/** Copies a file or directory out of a sandbox, or into one. */
export async function copyCommand(context: Context, from: string, to: string): Promise<void> {
  const [source, target] = [IN_SANDBOX.exec(from), IN_SANDBOX.exec(to)];
  if (source && !target) {
    const [, name = '', path = ''] = source;
    await withGuestServices(context, name, (services) =>
      copyOut(context, services.readPath(path), { path, to }),
    );
  } else if (target && !source) {
    const [, name = '', path = ''] = target;
    const archive = from === STREAM ? process.stdin : archivePath(from);
    await withGuestServices(context, name, (services) => services.writePath(path, archive));
  } else {
    throw new MonoError('USAGE_INVALID', 'Cannot copy: one path, not both, must be in a sandbox', {
      details: { from: redact(from), to: redact(to) },
      hint: 'Write the one in a sandbox as `SANDBOX:PATH`.',
    });
  }
}

async function copyOut(
  context: Context,
  archive: AsyncIterable<Uint8Array>,
  { path, to }: { readonly path: string; readonly to: string },
): Promise<void> {
  if (to === STREAM) {
    for await (const piece of archive) {
      if (!process.stdout.write(piece))
        await new Promise((done) => process.stdout.once('drain', done));
    }
    return;
  }
  const isDirectory = await stat(to).then(
    (status) => status.isDirectory(),
    () => false,
  );
  const target = isDirectory ? join(to, basename(path)) : to;
  const { omittedEntries } = await extractCopy(archive, target);
  if (omittedEntries > 0) context.output.warn(`Left out ${omittedEntries} devices and FIFOs.`);
}
