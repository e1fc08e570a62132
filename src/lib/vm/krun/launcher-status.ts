/**
 * With what the launcher exits when there is no machine. `native/krun/status.h` holds the same values;
 * a test compares the two.
 */
export const LAUNCHER_STATUS = {
  configurationInvalid: 80,
  libraryMissing: 81,
  libraryUnsuitable: 82,
  machineRefused: 83,
  volumeUnprotected: 84,
  unconfined: 85,
  startFailed: 86,
  fileMissing: 87,
} as const;
