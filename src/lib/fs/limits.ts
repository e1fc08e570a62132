/** The longest name of a directory entry in `bytes`: Linux's `NAME_MAX`. */
export const MAX_NAME_BYTES = 255;

/**
 * The longest path in `bytes`: Linux's `PATH_MAX` without the closing NUL. It also bounds the depth
 * of a tree, and with it every recursion over one.
 */
export const MAX_PATH_BYTES = 4095;

/** The longest target of a symbolic link in `bytes`: Linux's `PATH_MAX` without the closing NUL. */
export const MAX_SYMLINK_BYTES = 4095;

/** How many symbolic links one look-up follows: Linux's `MAXSYMLINKS`. */
export const MAX_SYMLINKS_FOLLOWED = 40;

/** The longest name of an extended attribute in `bytes`: Linux's `XATTR_NAME_MAX`. */
export const MAX_XATTR_NAME_BYTES = 255;

/** The longest value of an extended attribute in `bytes`: Linux's `XATTR_SIZE_MAX`. */
export const MAX_XATTR_VALUE_BYTES = 65_536;

/** The highest mode: permission bits with setuid, setgid and sticky. */
export const MAX_MODE = 0o7777;

/** The highest uid, gid, device major and device minor. */
export const MAX_UINT32 = 0xffff_ffff;

/** The highest nanosecond part of a time. */
export const MAX_NANOSECONDS = 999_999_999;

/**
 * The greatest weight (see `docs/formats/monofs.md#weight`) of one key and value. It keeps a leaf of
 * one entry below the block limit of every store (1 MiB), and leaves room for 64 KiB of attribute
 * names and several values of the longest kind.
 */
export const MAX_ITEM_WEIGHT = 768 * 1024;

/**
 * The greatest weight of a leaf that has more than one item, in `bytes` of (at most) encoded size.
 * About 140 ordinary entries: nearly every directory of a distribution is one node, and changing one
 * entry of a large directory rewrites some 10 KiB.
 */
export const MAX_LEAF_WEIGHT = 16 * 1024;

/** The most children of a branch: one for each hexadecimal digit. */
export const BRANCH_FAN_OUT = 16;
