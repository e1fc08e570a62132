/*
 * The frames on their way to the host: a ring of bytes in front of the non-blocking port.
 *
 * Stream data is only put in while outbox_room leaves OUTBOX_RESERVE_BYTES free, so that a control
 * frame practically always fits; when it does not, outbox_send waits for the host.
 */
#ifndef MONO_GUEST_OUTBOX_H
#define MONO_GUEST_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

#define OUTBOX_BYTES 131072
#define OUTBOX_RESERVE_BYTES 4096

struct outbox {
    int fd;
    size_t start;
    size_t used;
    uint8_t ring[OUTBOX_BYTES];
};

/* Returns how many payload bytes of stream data may be sent now. */
size_t outbox_room(const struct outbox *outbox);

/*
 * Puts a frame in. Waits for the host while there is no room for it.
 *
 * Arguments:
 *  payload: borrowed; may be NULL when length_bytes is 0. At most OUTBOX_BYTES - 8 bytes.
 *
 * Returns:
 *  0, or -1 when the host has hung up.
 */
int outbox_send(struct outbox *outbox, uint8_t type, uint16_t session, const void *payload,
                uint32_t length_bytes);

/*
 * Writes as much as the port takes without waiting.
 *
 * Returns:
 *  0, or -1 when the host has hung up.
 */
int outbox_flush(struct outbox *outbox);

#endif
