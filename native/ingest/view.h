/* A run of bytes that somebody else owns. */
#ifndef MONO_INGEST_VIEW_H
#define MONO_INGEST_VIEW_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of a Uint8Array, borrowed: valid as long as something keeps the array. */
struct view {
    uint8_t *bytes;
    size_t length_bytes;
};

#endif
