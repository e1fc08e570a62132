import type { RegistryClient } from '../../registry/client.js';
import type { Reference } from '../../registry/reference.js';

/** Where an image was pulled from, and who can be asked there. */
export interface ImageOrigin {
  readonly registry: Pick<RegistryClient, 'openBlob' | 'fetchDocument'>;
  readonly reference: Reference;
}
