import type { DetailValue } from '../../errors.js';

/** The codes that the content of a layer can fail with. */
export type LayerFaultCode = 'LAYER_INVALID' | 'LAYER_UNSAFE_PATH' | 'LAYER_COMPRESSION_INVALID';

/**
 * What is wrong inside a layer, found by a parser that does not know which layer it reads.
 * `applyLayer` turns it into a `MonoError` that names the layer; it never leaves this folder.
 */
export class LayerFault extends Error {
  override readonly name = 'LayerFault';
  readonly code: LayerFaultCode;
  readonly details: Readonly<Record<string, DetailValue>>;

  /** @param problem the end of the sentence "Cannot unpack layer `x`: …"; outside text redacted */
  constructor(
    code: LayerFaultCode,
    problem: string,
    options: { details?: Readonly<Record<string, DetailValue>>; cause?: unknown } = {},
  ) {
    super(problem, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Returns the fault of an archive that breaks the tar format. */
export function tarFault(problem: string): LayerFault {
  return new LayerFault('LAYER_INVALID', problem);
}
