/*
 * Reads the header of a gzip member (RFC 1952, section 2.3) from pieces of any size, and is as strict
 * as zlib: reserved flags are refused and a header checksum is compared. Keeps nothing of the
 * header, so its fields may have any length.
 */
#ifndef MONO_INGEST_GZIP_HEADER_H
#define MONO_INGEST_GZIP_HEADER_H

#include <stddef.h>
#include <stdint.h>

enum gzip_header_result {
    GZIP_HEADER_DAMAGED = -1,
    GZIP_HEADER_MORE = 0,
    GZIP_HEADER_END = 1,
};

struct gzip_header {
    int stage;
    uint8_t flags;
    /* of the fixed part or of a field of known length, still to come */
    uint32_t missing_bytes;
    uint32_t crc;
    uint32_t number;
};

/* Makes *header wait for the first byte of a member. */
void gzip_header_start(struct gzip_header *header);

/*
 * Takes bytes of the header.
 *
 * Arguments:
 *  *consumed_bytes - set to how many of the length_bytes belong to the header.
 *
 * Returns:
 *  GZIP_HEADER_END behind the header, GZIP_HEADER_MORE when it goes on behind the piece,
 *  GZIP_HEADER_DAMAGED when this is no header.
 */
enum gzip_header_result gzip_header_take(struct gzip_header *header, const uint8_t *bytes,
                                         size_t length_bytes, size_t *consumed_bytes);

#endif
