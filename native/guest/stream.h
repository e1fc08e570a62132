/* The bytes between the host and the process of a session. */
#ifndef MONO_GUEST_STREAM_H
#define MONO_GUEST_STREAM_H

#include "session.h"

/*
 * Puts the payload of INPUT into the ring, or drops it when the process takes no input. Returns NULL,
 * or what is wrong with the frame.
 */
const char *stream_take_input(struct session *session, const struct frame *frame,
                              struct outbox *outbox);

/* Returns whether there is input, or its end, that the process has not got. */
bool stream_has_input(const struct session *session);

/*
 * Writes input to the process and gives the host credit for it. Input that the process will never
 * read is dropped; after the last of it the process sees the end.
 *
 * Returns:
 *  0, or -1 when the host has hung up.
 */
int stream_give_input(struct session *session, struct outbox *outbox);

enum stream_result {
    STREAM_LOST = -1,   /* the host has hung up */
    STREAM_EMPTY = 0,   /* there is nothing now, or nothing any more */
    STREAM_MOVED = 1,   /* a piece was sent; there may be more */
    STREAM_BLOCKED = 2, /* no credit, or no room in the outbox */
};

/* Sends one piece of output, as far as credit and room go. */
enum stream_result stream_send_output(struct session *session, struct outbox *outbox);

/* Sends one piece of error output, as far as credit and room go. */
enum stream_result stream_send_error_output(struct session *session, struct outbox *outbox);

/* Forgets the input that the process has not read; nothing more comes. */
void stream_drop_input(struct session *session);

/* Closes our ends. */
void stream_close(struct session *session);

#endif
