/**
 * The constants of the monitor's protocol (docs/formats/monitor-protocol.md).
 * `native/monitor/monitor-protocol.h` holds the same values; a test compares the two.
 */
export const MONITOR_VERSION = 1;

/** Names in the directory of a sandbox. */
export const MONITOR_FILES = {
  socket: 'monitor.sock',
  exit: 'exit',
  log: 'log',
  oldLog: 'log.1',
} as const;

/** Frame types from a client. */
export const CLIENT_FRAME = {
  process: 0x40,
  processArgument: 0x41,
  processVariable: 0x42,
  processConfiguration: 0x43,
  processSocket: 0x44,
  launch: 0x45,
  detach: 0x46,
  stop: 0x47,
  signal: 0x48,
  attach: 0x49,
} as const;

/** Frame types from the monitor itself. */
export const MONITOR_FRAME = {
  greeting: 0xc0,
  detached: 0xc1,
  attached: 0xc2,
  ended: 0xc3,
} as const;

/** What a process of a plan is, in PROCESS. */
export const ROLE = { vmm: 0, helper: 1 } as const;

/** Flag bit of LAUNCH: the end is recorded in a file. */
export const LAUNCH_KEEP_RECORD = 0x01;

/** How far a sandbox is, in GREETING. */
export const PHASE = { starting: 0, running: 1, ending: 2 } as const;

/** What ended a sandbox, in ENDED. */
export const ENDED_BY = {
  code: 0,
  signal: 1,
  machine: 2,
  request: 3,
  protocol: 4,
  failure: 5,
  vmmSignal: 6,
} as const;

/** Flag bit of ENDED: its time was over. */
export const ENDED_TIMED_OUT = 0x01;

/** Size of the header of a record of the log in `bytes`. */
export const LOG_HEADER_BYTES = 16;
