/**
 * The largest block in bytes. Other IPLD implementations refuse to exchange blocks beyond 1-2 MiB,
 * and a block is the unit that is held in memory and verified as a whole.
 */
export const MAX_BLOCK_BYTES = 1024 * 1024;
