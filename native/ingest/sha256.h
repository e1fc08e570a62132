/*
 * SHA-256 by the OpenSSL that is part of the Node.js process: its symbols are found when the addon is
 * loaded, and where they are missing it does not load. Only the few calls that have been stable since
 * OpenSSL 1.1 are declared, so no headers of a certain version are needed.
 */
#ifndef MONO_INGEST_SHA256_H
#define MONO_INGEST_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32 };

struct sha256;

/* Returns a hash of no bytes yet, to be given to sha256_free, or NULL. */
struct sha256 *sha256_new(void);

void sha256_free(struct sha256 *hash);

/* Returns whether the bytes were added. */
bool sha256_update(struct sha256 *hash, const uint8_t *bytes, size_t length_bytes);

/* Writes the hash of all bytes to `digest`, and starts anew. Returns whether it could. */
bool sha256_finish(struct sha256 *hash, uint8_t digest[SHA256_BYTES]);

#endif
