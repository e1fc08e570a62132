import { MonoError, type MonoErrorOptions } from '../../errors.js';
import type { ErrorCode } from '../../error-codes.js';
import { FAILURE } from '../protocol/frame-types.js';
import type { GuestError } from '../protocol/guest-event.js';
import { describeLinuxError } from '../protocol/linux-errors.js';

/** Returns what a guest has reported as an error for the user. */
export function guestFailure(error: GuestError): MonoError {
  const reason = describeLinuxError(error.errno);
  const name = `\`${error.text}\``;
  function failure(code: ErrorCode, message: string, options: MonoErrorOptions = {}): MonoError {
    const details = { failure: error.failure, errno: error.errno, text: error.text };
    return new MonoError(code, message, { details, ...options });
  }
  switch (error.failure) {
    case FAILURE.commandNotFound:
      return failure('VM_COMMAND_NOT_FOUND', `Cannot run ${name}: the image has no such command`);
    case FAILURE.commandNotExecutable:
      return failure('VM_COMMAND_NOT_EXECUTABLE', `Cannot run ${name}: ${reason}`);
    case FAILURE.userUnknown:
      return failure(
        'VM_GUEST_SETUP_FAILED',
        `Cannot run as user ${name}: the image's /etc/passwd has no such user`,
        { hint: 'Name a user of the image, or give a number.' },
      );
    case FAILURE.groupUnknown:
      return failure(
        'VM_GUEST_SETUP_FAILED',
        `Cannot run as user ${name}: the image's /etc/group has no such group`,
        { hint: 'Name a group of the image, or give a number.' },
      );
    case FAILURE.directory:
      return failure('VM_GUEST_SETUP_FAILED', `Cannot enter the directory ${name}: ${reason}`);
    case FAILURE.root:
      return failure(
        'VM_GUEST_SETUP_FAILED',
        `Cannot set up the root filesystem in the guest: ${error.text}: ${reason}`,
      );
    case FAILURE.protocol:
      return failure('VM_PROTOCOL', `Cannot talk to the guest: it refused ${name}`);
    default:
      return failure(
        'VM_GUEST_SETUP_FAILED',
        `Cannot set up the sandbox: ${error.text}: ${reason}`,
      );
  }
}
