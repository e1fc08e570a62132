import { isMonoError, MonoError } from '../../errors.js';
import { LayerFault } from '../tar/layer-fault.js';

/** Returns a failure to import an archive as callers see it: what is wrong in it gets a code of layers. */
export function importFault(error: unknown): unknown {
  const isEntryFault = isMonoError(error) && error.code.startsWith('FS_');
  if (!isEntryFault && !(error instanceof LayerFault)) return error;
  const code = isEntryFault ? 'LAYER_INVALID' : error.code;
  return new MonoError(code, `Cannot import the archive: ${error.message}`, {
    details: { ...error.details },
    cause: isEntryFault ? error : error.cause,
  });
}
