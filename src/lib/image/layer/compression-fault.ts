import { LayerFault } from '../tar/layer-fault.js';

/** Returns the fault of a layer that cannot be decompressed. */
export function compressionFault(problem: string, cause?: unknown): LayerFault {
  return new LayerFault('LAYER_COMPRESSION_INVALID', problem, { cause });
}
