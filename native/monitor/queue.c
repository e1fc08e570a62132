#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "frame.h"

#define FIRST_CAPACITY_BYTES 4096
/* An empty queue that has grown past this gives its memory back. */
#define KEPT_CAPACITY_BYTES 65536

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SIGPIPE is ignored in any case */
#endif

static int make_room(struct queue *queue, size_t length_bytes);

size_t queue_used(const struct queue *queue) {
    return queue->end - queue->start;
}

int queue_frame(struct queue *queue, uint8_t type, uint16_t session, const void *payload,
                uint32_t length_bytes) {
    if (make_room(queue, FRAME_HEADER_BYTES + (size_t)length_bytes) != 0) return -1;
    frame_header(queue->bytes + queue->end, type, session, length_bytes);
    queue->end += FRAME_HEADER_BYTES;
    if (length_bytes > 0) memcpy(queue->bytes + queue->end, payload, length_bytes);
    queue->end += length_bytes;
    return 0;
}

int queue_flush(struct queue *queue, int fd) {
    while (queue->start < queue->end) {
        ssize_t sent = send(fd, queue->bytes + queue->start, queue->end - queue->start, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
        if (sent <= 0) return -1;
        queue->start += (size_t)sent;
    }
    queue->start = queue->end = 0;
    if (queue->capacity > KEPT_CAPACITY_BYTES) queue_clear(queue);
    return 0;
}

void queue_clear(struct queue *queue) {
    free(queue->bytes);
    queue->bytes = NULL;
    queue->start = queue->end = queue->capacity = 0;
}

static int make_room(struct queue *queue, size_t length_bytes) {
    size_t used = queue_used(queue);
    size_t capacity = queue->capacity > 0 ? queue->capacity : FIRST_CAPACITY_BYTES;

    if (used + length_bytes > queue->limit_bytes) return -1;
    if (queue->end + length_bytes <= queue->capacity) return 0;
    if (queue->start > 0 && used > 0) memmove(queue->bytes, queue->bytes + queue->start, used);
    queue->start = 0;
    queue->end = used;
    if (used + length_bytes <= queue->capacity) return 0;
    while (capacity < used + length_bytes) capacity *= 2;
    uint8_t *grown = realloc(queue->bytes, capacity);
    if (grown == NULL) return -1;
    queue->bytes = grown;
    queue->capacity = capacity;
    return 0;
}
