/*
 * Cuts received bytes into frames (docs/formats/guest-protocol.md, "Frames").
 * Holds at most one frame of the largest size; never reads past what has come.
 */
#ifndef MONO_COMMON_FRAME_H
#define MONO_COMMON_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

/* A received frame. The payload is borrowed from the reader until the next call on it. */
struct frame {
    uint8_t type;
    uint16_t session;
    uint32_t length_bytes;
    const uint8_t *payload;
};

struct frame_reader {
    size_t start;
    size_t end;
    uint8_t buffer[FRAME_HEADER_BYTES + FRAME_MAX_PAYLOAD_BYTES];
};

/*
 * Returns where the next received bytes go and, in *room_bytes, how many fit: at least 1 after
 * frame_reader_next has returned 0.
 */
uint8_t *frame_reader_space(struct frame_reader *reader, size_t *room_bytes);

/* Takes over the length_bytes that were put where frame_reader_space said. */
void frame_reader_filled(struct frame_reader *reader, size_t length_bytes);

/*
 * Takes the next frame off the reader.
 *
 * Returns:
 *  1 with *frame set, 0 when more bytes are needed, -1 when the bytes are no frame: the stream is
 *  then lost for good.
 */
int frame_reader_next(struct frame_reader *reader, struct frame *frame);

/* Writes the 8 bytes of a frame's header. */
void frame_header(uint8_t *header, uint8_t type, uint16_t session, uint32_t length_bytes);

#endif
