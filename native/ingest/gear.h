/* The gear hash over a run of bytes: what content-defined chunkers decide by. */
#ifndef MONO_INGEST_GEAR_H
#define MONO_INGEST_GEAR_H

#include <stddef.h>
#include <stdint.h>

/*
 * Continues *hash over `bytes` until a byte after which it has no bit of `mask`: h = (h << 1) +
 * table[byte], modulo 2^32.
 *
 * Returns:
 *  the number of bytes up to and with that one, or 0 when there is none, with *hash behind them all.
 */
size_t gear_scan(const uint32_t table[256], uint32_t mask, const uint8_t *bytes,
                 size_t length_bytes, uint32_t *hash);

#endif
