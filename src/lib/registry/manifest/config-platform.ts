import { MonoError } from '../../errors.js';
import { parseJsonObject } from './descriptor.js';
import type { Platform } from '../platform.js';

/**
 * Returns the platform that an image configuration names, or `undefined` if it names none.
 *
 * @throws {MonoError} `IMAGE_CONFIG_INVALID` when `bytes` are not a JSON object
 * @see OCI image-spec v1.1, config.md
 */
export function readConfigPlatform(bytes: Uint8Array, subject: string): Platform | undefined {
  const config = parseJsonObject(
    bytes,
    (reason) =>
      new MonoError(
        'IMAGE_CONFIG_INVALID',
        `Cannot use the configuration of \`${subject}\`: ${reason}`,
        { details: { reference: subject, reason } },
      ),
  );
  const { os, architecture, variant } = config;
  if (!isText(os) || !isText(architecture)) return undefined;
  return { os, architecture, ...(isText(variant) ? { variant } : {}) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
