/** Messages of the guest's error numbers that a user can meet while a sandbox is set up. */
const MESSAGES: Readonly<Record<number, string>> = {
  1: 'operation not permitted',
  2: 'no such file or directory',
  5: 'input/output error',
  6: 'no such device',
  7: 'the arguments and variables are too long',
  8: 'not in a format that this machine executes',
  12: 'not enough memory',
  13: 'permission denied',
  16: 'device busy',
  19: 'no such device or filesystem',
  20: 'not a directory',
  21: 'is a directory',
  22: 'not valid',
  26: 'the file is being written',
  28: 'no space left',
  30: 'the filesystem is read-only',
  36: 'the name is too long',
  40: 'too many symbolic links',
  117: 'the filesystem is damaged',
};

/** Returns what an error number of Linux means, in words. */
export function describeLinuxError(errno: number): string {
  return MESSAGES[errno] ?? `error ${errno}`;
}
