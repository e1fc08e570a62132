#include "frame.h"

#include <string.h>

#include "little-endian.h"

uint8_t *frame_reader_space(struct frame_reader *reader, size_t *room_bytes) {
    if (reader->start > 0) {
        memmove(reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->start = 0;
    }
    *room_bytes = sizeof reader->buffer - reader->end;
    return reader->buffer + reader->end;
}

void frame_reader_filled(struct frame_reader *reader, size_t length_bytes) {
    reader->end += length_bytes;
}

int frame_reader_next(struct frame_reader *reader, struct frame *frame) {
    const uint8_t *header = reader->buffer + reader->start;
    size_t available = reader->end - reader->start;

    if (available < FRAME_HEADER_BYTES) return 0;
    uint32_t length = get_u32(header + 4);
    if (header[1] != 0 || length > FRAME_MAX_PAYLOAD_BYTES) return -1;
    if (available - FRAME_HEADER_BYTES < length) return 0;
    frame->type = header[0];
    frame->session = get_u16(header + 2);
    frame->length_bytes = length;
    frame->payload = header + FRAME_HEADER_BYTES;
    reader->start += FRAME_HEADER_BYTES + (size_t)length;
    return 1;
}

void frame_header(uint8_t *header, uint8_t type, uint16_t session, uint32_t length_bytes) {
    header[0] = type;
    header[1] = 0;
    put_u16(header + 2, session);
    put_u32(header + 4, length_bytes);
}
