import { MonoError } from '../../errors.js';

/** Returns the error for a guest that sent something outside the protocol. */
export function protocolError(what: string): MonoError {
  return new MonoError('VM_PROTOCOL', `Cannot talk to the guest: ${what}`, { details: { what } });
}
