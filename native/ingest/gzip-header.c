#include "gzip-header.h"

#include <isa-l/crc.h>

enum { FLAG_HCRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_RESERVED = 0xe0 };

enum { METHOD_DEFLATE = 8 };

/* In the order in which they stand in a header; those that its flags do not announce are passed. */
enum {
    STAGE_ID1,
    STAGE_ID2,
    STAGE_METHOD,
    STAGE_FLAGS,
    STAGE_FIXED,
    STAGE_EXTRA_LENGTH,
    STAGE_EXTRA,
    STAGE_NAME,
    STAGE_COMMENT,
    STAGE_CHECKSUM,
    STAGE_END,
};

/* MTIME, XFL and OS */
enum { FIXED_BYTES = 6 };

static int take_byte(struct gzip_header *header, uint8_t byte);
static void enter_stage(struct gzip_header *header, int stage);

void gzip_header_start(struct gzip_header *header) {
    *header = (struct gzip_header){.stage = STAGE_ID1};
}

enum gzip_header_result gzip_header_take(struct gzip_header *header, const uint8_t *bytes,
                                         size_t length_bytes, size_t *consumed_bytes) {
    size_t taken = 0;
    while (taken < length_bytes && header->stage != STAGE_END) {
        uint8_t byte = bytes[taken++];
        /* The checksum covers what stands before it. */
        if (header->stage != STAGE_CHECKSUM) header->crc = crc32_gzip_refl(header->crc, &byte, 1);
        if (take_byte(header, byte) != 0) return GZIP_HEADER_DAMAGED;
    }
    *consumed_bytes = taken;
    return header->stage == STAGE_END ? GZIP_HEADER_END : GZIP_HEADER_MORE;
}

/* Returns 0, or -1 for a byte that cannot stand there. */
static int take_byte(struct gzip_header *header, uint8_t byte) {
    switch (header->stage) {
    case STAGE_ID1:
        if (byte != 0x1f) return -1;
        enter_stage(header, STAGE_ID2);
        return 0;
    case STAGE_ID2:
        if (byte != 0x8b) return -1;
        enter_stage(header, STAGE_METHOD);
        return 0;
    case STAGE_METHOD:
        if (byte != METHOD_DEFLATE) return -1;
        enter_stage(header, STAGE_FLAGS);
        return 0;
    case STAGE_FLAGS:
        if ((byte & FLAGS_RESERVED) != 0) return -1;
        header->flags = byte;
        enter_stage(header, STAGE_FIXED);
        return 0;
    case STAGE_NAME:
    case STAGE_COMMENT:
        if (byte == 0) enter_stage(header, header->stage + 1);
        return 0;
    default:
        break;
    }
    /* A field of known length; the two numbers among them are little-endian and 2 bytes long. */
    header->number = (header->number >> 8) | ((uint32_t)byte << 8);
    if (--header->missing_bytes > 0) return 0;
    if (header->stage == STAGE_CHECKSUM && header->number != (header->crc & 0xffff)) return -1;
    enter_stage(header, header->stage + 1);
    return 0;
}

/* Enters `stage`, or the first one behind it that this header has. */
static void enter_stage(struct gzip_header *header, int stage) {
    header->stage = stage;
    header->missing_bytes = 0;
    switch (stage) {
    case STAGE_FIXED:
        header->missing_bytes = FIXED_BYTES;
        return;
    case STAGE_EXTRA_LENGTH:
        if ((header->flags & FLAG_EXTRA) == 0) break;
        header->number = 0;
        header->missing_bytes = 2;
        return;
    case STAGE_EXTRA:
        if ((header->flags & FLAG_EXTRA) == 0 || header->number == 0) break;
        header->missing_bytes = header->number;
        return;
    case STAGE_NAME:
        if ((header->flags & FLAG_NAME) == 0) break;
        return;
    case STAGE_COMMENT:
        if ((header->flags & FLAG_COMMENT) == 0) break;
        return;
    case STAGE_CHECKSUM:
        if ((header->flags & FLAG_HCRC) == 0) break;
        header->number = 0;
        header->missing_bytes = 2;
        return;
    default:
        return;
    }
    enter_stage(header, stage + 1);
}
