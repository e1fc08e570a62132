/**
 * The *framing* of a tar archive: all its bytes but the content of files. Written as operations on
 * blocks of 512 bytes, because a header is mostly what an earlier header was.
 *
 * @see docs/formats/layer-recipe.md#framing
 */

/** Size of a tar block in `bytes`. */
export const BLOCK_BYTES = 512;

/**
 * How many of the blocks before can serve as a pattern. A file takes up to three (an extended header,
 * its records, the header), so that four always hold the last header of the same kind.
 */
export const PATTERN_COUNT = 4;

/** Kinds of operations; an operation begins with the varint `argument * KIND_COUNT + kind`. */
export const OPERATION = { zeros: 0, literal: 1, content: 2, block: 3 } as const;

/** How many kinds of operations there are. */
export const KIND_COUNT = 4;
