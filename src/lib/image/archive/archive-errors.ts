import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { LayerFault } from '../tar/layer-fault.js';

/** Returns the error for an archive or layout that cannot be used, for this reason. */
export function archiveInvalid(name: string, reason: string, cause?: unknown): MonoError {
  return new MonoError('ARCHIVE_INVALID', `Cannot read \`${redact(name)}\`: ${reason}`, {
    details: { archive: redact(name), reason },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Returns the error for something, such as an image or a blob, that an archive lacks. */
export function notInArchive(name: string, wanted: string, hint?: string): MonoError {
  return new MonoError('ARCHIVE_IMAGE_NOT_FOUND', `Cannot find ${wanted} in \`${redact(name)}\``, {
    details: { archive: redact(name) },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Returns `error`, with what a parser of tar or compression found told as a fault of the archive. */
export function asArchiveError(error: unknown, name: string): unknown {
  return error instanceof LayerFault ? archiveInvalid(name, error.message, error) : error;
}
