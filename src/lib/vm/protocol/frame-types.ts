/**
 * The constants of the guest protocol (docs/formats/guest-protocol.md). `native/guest/protocol.h`
 * holds the same values; a test compares the two.
 */
export const PROTOCOL_VERSION = 2;

/** Name of the virtio-serial port that is the channel. */
export const PORT_NAME = 'org.mono.agent.0';

/** Size of a frame's header in `bytes`. */
export const FRAME_HEADER_BYTES = 8;

/** Largest payload in `bytes`: the longest argument that Linux's execve takes (MAX_ARG_STRLEN). */
export const FRAME_MAX_PAYLOAD_BYTES = 131_072;

/** Largest piece of stream data in one frame, so that control frames never wait for long. */
export const STREAM_MAX_PIECE_BYTES = 32_768;

/** How much a sender may have under way on a stream before any credit comes, in `bytes`. */
export const STREAM_WINDOW_BYTES = 262_144;

/** Frame types from the host. */
export const HOST_FRAME = {
  hello: 0x01,
  clock: 0x02,
  hostname: 0x03,
  root: 0x04,
  network: 0x05,
  mount: 0x06,
  argument: 0x10,
  variable: 0x11,
  directory: 0x12,
  user: 0x13,
  terminal: 0x14,
  start: 0x15,
  input: 0x20,
  credit: 0x21,
  signal: 0x22,
  resize: 0x23,
  hangUp: 0x24,
} as const;

/** Frame types from the guest. */
export const GUEST_FRAME = {
  hello: 0x81,
  started: 0x90,
  exit: 0x91,
  error: 0x92,
  output: 0xa0,
  errorOutput: 0xa1,
  inputCredit: 0xa2,
} as const;

/** What takes the writes to the root filesystem. */
export const ROOT_WRITES = { memory: 0, none: 1, disk: 2 } as const;

/** What leads to the network, in NETWORK. */
export const NETWORK_KIND = { interface: 1, sockets: 2 } as const;

/** What is mounted, in MOUNT. */
export const MOUNT_KIND = { memory: 0, shared: 1, disk: 2 } as const;

/** Flag bit of MOUNT. */
export const MOUNT_READ_ONLY = 0x01;

/** Streams of a session by number, in CREDIT. */
export const STREAM = { output: 1, errorOutput: 2 } as const;

/** Flag bit of START: the process has an input. */
export const START_WITH_INPUT = 0x01;

/** Flag bit of START: the first argument names a service of the guest program. */
export const START_SERVICE = 0x02;

/** How a process ended, in EXIT. */
export const EXIT_KIND = { code: 0, signal: 1 } as const;

/** What could not be done, in ERROR. */
export const FAILURE = {
  protocol: 1,
  root: 2,
  userUnknown: 3,
  groupUnknown: 4,
  identity: 5,
  directory: 6,
  terminal: 7,
  resources: 8,
  commandNotFound: 9,
  commandNotExecutable: 10,
  hostname: 11,
  network: 12,
  mount: 13,
} as const;
