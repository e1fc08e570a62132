/* Bytes on their way to a socket: grows up to a limit, never waits. */
#ifndef MONO_MONITOR_QUEUE_H
#define MONO_MONITOR_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct queue {
    uint8_t *bytes;
    size_t start;
    size_t end;
    size_t capacity;
    size_t limit_bytes; /* the most that may wait */
};

/* Returns how many bytes wait. */
size_t queue_used(const struct queue *queue);

/*
 * Appends one frame, header and payload.
 *
 * Arguments:
 *  payload: borrowed; may be NULL when length_bytes is 0.
 *
 * Returns:
 *  0, or -1 when that would pass the limit or memory is out; the queue is then as before.
 */
int queue_frame(struct queue *queue, uint8_t type, uint16_t session, const void *payload,
                uint32_t length_bytes);

/*
 * Writes as much as the socket takes without waiting.
 *
 * Returns:
 *  0, or -1 when the peer has hung up.
 */
int queue_flush(struct queue *queue, int fd);

/* Frees what waits. */
void queue_clear(struct queue *queue);

#endif
