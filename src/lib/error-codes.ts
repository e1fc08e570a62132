/** What an error code means to the shell: its exit code and its title in `docs/errors.md`. */
interface ErrorCodeInfo {
  readonly exit: number;
  readonly title: string;
}

/** Exit codes by meaning; the table of `docs/exit-codes.md`. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  damaged: 5,
  notFound: 10,
  locked: 11,
  unauthorized: 12,
  network: 13,
  integrity: 14,
  conflict: 15,
  noVirtualMachine: 16,
  bug: 70,
  runFailed: 125,
  commandNotExecutable: 126,
  commandNotFound: 127,
  interrupted: 130,
} as const;

/** Every code a `MonoError` can carry. */
export const ERROR_CODES = {
  CANCELLED: { exit: EXIT.interrupted, title: 'The operation was interrupted' },
  IO_FAILED: { exit: EXIT.failed, title: 'A file operation failed' },
  DISK_FULL: { exit: EXIT.failed, title: 'No space is left on the device' },
  LOCK_TIMEOUT: { exit: EXIT.locked, title: 'Another process holds a lock' },
  USAGE_INVALID: { exit: EXIT.usage, title: 'The command line is not valid' },
  CONFIG_INVALID: { exit: EXIT.usage, title: 'The configuration file is not valid' },

  REFERENCE_INVALID: { exit: EXIT.usage, title: 'An image reference is not valid' },
  REQUIREMENT_INVALID: { exit: EXIT.usage, title: 'An image requirement is not valid' },
  DIGEST_INVALID: { exit: EXIT.usage, title: 'A digest is not valid' },
  PLATFORM_INVALID: { exit: EXIT.usage, title: 'A platform is not valid' },

  REGISTRY_UNREACHABLE: { exit: EXIT.network, title: 'A registry cannot be reached' },
  REGISTRY_UNAUTHORIZED: { exit: EXIT.unauthorized, title: 'A registry wants credentials' },
  REGISTRY_FORBIDDEN: { exit: EXIT.unauthorized, title: 'A registry denies access' },
  CREDENTIALS_FAILED: { exit: EXIT.unauthorized, title: 'Credentials could not be read' },
  REGISTRY_RATE_LIMITED: { exit: EXIT.network, title: 'A registry limits the rate of requests' },
  REGISTRY_NOT_FOUND: { exit: EXIT.notFound, title: 'A registry does not have what was asked for' },
  REGISTRY_PROTOCOL: {
    exit: EXIT.network,
    title: 'A registry gave an answer outside the protocol',
  },
  RELEASE_TOO_FRESH: {
    exit: EXIT.failed,
    title: 'A release has not been known for the time that the update policy asks for',
  },
  TAG_NOT_FOUND: { exit: EXIT.notFound, title: 'No tag matches' },
  MANIFEST_INVALID: { exit: EXIT.integrity, title: 'A manifest is not valid' },
  SIGNATURE_INVALID: { exit: EXIT.integrity, title: 'An image lacks a signature that is demanded' },
  PLATFORM_NOT_FOUND: { exit: EXIT.notFound, title: 'An image has no variant for the platform' },
  BLOB_DIGEST_MISMATCH: { exit: EXIT.integrity, title: 'Downloaded bytes have another digest' },
  BLOB_SIZE_MISMATCH: { exit: EXIT.integrity, title: 'Downloaded bytes have another size' },

  STORE_BLOCK_MISSING: { exit: EXIT.integrity, title: 'The store does not have a block' },
  STORE_BLOCK_CORRUPT: { exit: EXIT.integrity, title: 'A block of the store is damaged' },
  STORE_BLOCK_TOO_LARGE: { exit: EXIT.failed, title: 'A block is larger than the limit' },
  STORE_CODEC_MISMATCH: { exit: EXIT.failed, title: 'A CID has another codec than expected' },
  STORE_NODE_INVALID: { exit: EXIT.integrity, title: 'A stored node is not valid' },
  STORE_LOCKED: { exit: EXIT.locked, title: 'The store is in use by another process' },
  STORE_FORMAT_UNSUPPORTED: { exit: EXIT.failed, title: 'The store has an unknown format' },
  STORE_BACKEND_MISSING: { exit: EXIT.failed, title: 'A kind of store is not installed' },
  STORE_PINS_INVALID: { exit: EXIT.integrity, title: 'The record of pins is not valid' },
  STORE_CLOSED: { exit: EXIT.bug, title: 'The store is closed' },
  CAR_INVALID: { exit: EXIT.integrity, title: 'A CAR file is not valid' },
  PACK_INVALID: { exit: EXIT.integrity, title: 'A pack file is not valid' },

  FS_NOT_FOUND: { exit: EXIT.notFound, title: 'A path does not exist' },
  FS_EXISTS: { exit: EXIT.failed, title: 'A path exists already' },
  FS_NOT_A_DIRECTORY: { exit: EXIT.failed, title: 'A path is not a directory' },
  FS_IS_A_DIRECTORY: { exit: EXIT.failed, title: 'A path is a directory' },
  FS_PATH_INVALID: { exit: EXIT.usage, title: 'A path is not valid' },
  FS_BASE_NEEDED: { exit: EXIT.failed, title: 'Change sets cannot be joined without their base' },
  FS_OVERLAY_INVALID: { exit: EXIT.failed, title: 'An overlay upper cannot be mapped' },
  FS_UNREADABLE: { exit: EXIT.failed, title: 'A file of the host may not be read' },
  FS_CHANGED: { exit: EXIT.failed, title: 'A file of the host changed while it was read' },
  FS_LIMIT: { exit: EXIT.failed, title: 'A filesystem limit is exceeded' },

  LAYER_UNSAFE_PATH: { exit: EXIT.integrity, title: 'A layer names a path outside the root' },
  LAYER_INVALID: { exit: EXIT.integrity, title: 'A layer is not a valid archive' },
  LAYER_COMPRESSION_INVALID: { exit: EXIT.integrity, title: 'A layer cannot be decompressed' },
  LAYER_MEDIA_TYPE_UNSUPPORTED: { exit: EXIT.failed, title: 'A layer has an unknown media type' },
  LAYER_DIFF_ID_MISMATCH: { exit: EXIT.integrity, title: 'A layer has another diffID' },
  IMAGE_CONFIG_INVALID: { exit: EXIT.integrity, title: 'An image configuration is not valid' },

  ARCHIVE_INVALID: { exit: EXIT.integrity, title: 'An archive or layout of images is not valid' },
  ARCHIVE_IMAGE_NOT_FOUND: {
    exit: EXIT.notFound,
    title: 'An archive does not have what was asked for',
  },
  EXPORT_NOT_EXACT: { exit: EXIT.failed, title: 'The exact bytes of a layer cannot be had again' },

  ROOTFS_LIMIT: { exit: EXIT.failed, title: 'A root filesystem exceeds a limit of its format' },

  PROJECT_NOT_FOUND: { exit: EXIT.notFound, title: 'No mono.yaml was found' },
  PROJECT_EXISTS: { exit: EXIT.failed, title: 'A mono.yaml exists already' },
  PROJECT_INVALID: { exit: EXIT.usage, title: 'mono.yaml is not valid' },
  LOCKFILE_INVALID: { exit: EXIT.usage, title: 'mono.lock is not valid' },
  LOCKFILE_MISSING: { exit: EXIT.notFound, title: 'mono.lock does not exist' },
  LOCKFILE_OUTDATED: { exit: EXIT.failed, title: 'mono.lock does not match mono.yaml' },
  LOCKFILE_ROOT_MISMATCH: { exit: EXIT.integrity, title: 'The built root differs from the lock' },
  IMAGE_NAME_TAKEN: { exit: EXIT.failed, title: 'Another image has the name in this project' },
  IMAGE_IN_USE: { exit: EXIT.failed, title: 'A sandbox of the project uses the image' },
  IMAGE_NOT_FOUND: { exit: EXIT.notFound, title: 'No such image is installed' },
  VERSION_NOT_FOUND: { exit: EXIT.notFound, title: 'No such version is in the store' },
  COPY_REFUSED: { exit: EXIT.integrity, title: 'A sandbox sent files for another place' },
  SANDBOX_UNREACHABLE: { exit: EXIT.failed, title: 'The monitor of a sandbox cannot be talked to' },
  SANDBOX_NAME_TAKEN: { exit: EXIT.conflict, title: 'Another sandbox has the name' },
  SANDBOX_NOT_RUNNING: { exit: EXIT.conflict, title: 'A sandbox does not run' },
  SANDBOX_CHANGES_LOST: {
    exit: EXIT.conflict,
    title: 'A stopped sandbox has not kept what it wrote',
  },
  APPLY_REFUSED: { exit: EXIT.conflict, title: 'Changes would be written through a link' },
  SANDBOX_RUNNING: { exit: EXIT.conflict, title: 'A sandbox runs' },
  SANDBOX_NOT_FOUND: { exit: EXIT.notFound, title: 'No such sandbox' },
  OFFLINE: { exit: EXIT.network, title: 'The network is needed and --offline was given' },

  VM_UNAVAILABLE: { exit: EXIT.noVirtualMachine, title: 'This host cannot run microVMs' },
  VM_KERNEL_MISSING: { exit: EXIT.noVirtualMachine, title: 'No guest kernel was found' },
  VM_KERNEL_INVALID: { exit: EXIT.noVirtualMachine, title: 'The guest kernel cannot be used' },
  VM_GUEST_MISSING: { exit: EXIT.noVirtualMachine, title: 'The guest program was not built' },
  VM_MONITOR_MISSING: { exit: EXIT.noVirtualMachine, title: 'The monitor program was not built' },
  VM_LAUNCH_FAILED: { exit: EXIT.runFailed, title: 'A microVM did not start' },
  VOLUME_INVALID: { exit: EXIT.usage, title: 'A volume cannot be used' },
  VOLUME_IN_USE: { exit: EXIT.conflict, title: 'A sandbox uses the volume' },
  VOLUME_UNKNOWN: { exit: EXIT.notFound, title: 'No volume has this name' },
  VM_SPEC_INVALID: { exit: EXIT.usage, title: 'A sandbox is described in a way that is not valid' },
  VM_STOPPED: { exit: EXIT.runFailed, title: 'A microVM stopped before its command ended' },
  VM_SERVICE_FAILED: {
    exit: EXIT.failed,
    title: 'The guest could not copy or tell what was asked for',
  },
  VM_PROTOCOL: { exit: EXIT.runFailed, title: 'The guest sent an answer outside the protocol' },
  VM_GUEST_SETUP_FAILED: { exit: EXIT.runFailed, title: 'The guest could not set up the sandbox' },
  VM_COMMAND_NOT_EXECUTABLE: {
    exit: EXIT.commandNotExecutable,
    title: 'The command cannot be executed',
  },
  VM_COMMAND_NOT_FOUND: { exit: EXIT.commandNotFound, title: 'The command was not found' },
} as const satisfies Record<string, ErrorCodeInfo>;

/** A stable, machine-readable name of a failure. */
export type ErrorCode = keyof typeof ERROR_CODES;
