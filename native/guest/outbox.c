#include "outbox.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "protocol.h"

static void append(struct outbox *outbox, const uint8_t *bytes, size_t length_bytes);
static int wait_for_room(struct outbox *outbox, size_t length_bytes);

size_t outbox_room(const struct outbox *outbox) {
    size_t taken = outbox->used + FRAME_HEADER_BYTES + OUTBOX_RESERVE_BYTES;
    return taken < OUTBOX_BYTES ? OUTBOX_BYTES - taken : 0;
}

int outbox_send(struct outbox *outbox, uint8_t type, uint16_t session, const void *payload,
                uint32_t length_bytes) {
    uint8_t header[FRAME_HEADER_BYTES];

    if (wait_for_room(outbox, sizeof header + length_bytes) != 0) return -1;
    frame_header(header, type, session, length_bytes);
    append(outbox, header, sizeof header);
    if (length_bytes > 0) append(outbox, payload, length_bytes);
    return outbox_flush(outbox);
}

int outbox_flush(struct outbox *outbox) {
    while (outbox->used > 0) {
        size_t piece = OUTBOX_BYTES - outbox->start;
        if (piece > outbox->used) piece = outbox->used;
        ssize_t written = write(outbox->fd, outbox->ring + outbox->start, piece);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EAGAIN) return 0;
        if (written <= 0) return -1;
        outbox->start = (outbox->start + (size_t)written) % OUTBOX_BYTES;
        outbox->used -= (size_t)written;
    }
    return 0;
}

static void append(struct outbox *outbox, const uint8_t *bytes, size_t length_bytes) {
    size_t end = (outbox->start + outbox->used) % OUTBOX_BYTES;
    size_t first = OUTBOX_BYTES - end;

    if (first > length_bytes) first = length_bytes;
    memcpy(outbox->ring + end, bytes, first);
    memcpy(outbox->ring, bytes + first, length_bytes - first);
    outbox->used += length_bytes;
}

static int wait_for_room(struct outbox *outbox, size_t length_bytes) {
    while (OUTBOX_BYTES - outbox->used < length_bytes) {
        struct pollfd port = {.fd = outbox->fd, .events = POLLOUT};
        if (poll(&port, 1, -1) < 0 && errno != EINTR) return -1;
        if (port.revents & (POLLHUP | POLLERR)) return -1;
        if (outbox_flush(outbox) != 0) return -1;
    }
    return 0;
}
