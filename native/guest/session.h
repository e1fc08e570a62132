/*
 * A process that the host asked for, and its streams.
 *
 *   collecting --START--> running --process ends--> exited --output drained--> (free)
 *
 * Flow control (docs/formats/guest-protocol.md, "Flow control"): output is read from the process
 * only while the host has given credit and the outbox has room, so a process that floods its output
 * is stopped by its own pipe. Input is kept in a ring as large as the window the host may use.
 */
#ifndef MONO_GUEST_SESSION_H
#define MONO_GUEST_SESSION_H

#include <poll.h>
#include <stdbool.h>

#include "frame.h"
#include "launch.h"
#include "outbox.h"
#include "process-spec.h"

enum session_state { SESSION_FREE = 0, SESSION_COLLECTING, SESSION_RUNNING, SESSION_EXITED };

struct session {
    enum session_state state;
    uint16_t id;
    struct process_spec spec;
    struct launched process;
    bool terminal;
    int wait_status;
    uint32_t drain_left; /* output still to be taken after the process has ended, in bytes */
    uint32_t output_credit;
    uint32_t error_output_credit;
    uint8_t *input; /* ring of STREAM_WINDOW_BYTES */
    size_t input_start;
    size_t input_used;
    uint32_t input_ungranted; /* taken from the ring, not yet given back as credit */
    bool input_ended;
};

/* The descriptors of one session in the poll set. */
#define SESSION_POLL_SLOTS 3

/*
 * Takes one frame of the host that concerns this session.
 *
 * Returns:
 *  NULL, or what is wrong with it: the machine cannot go on.
 */
const char *session_take(struct session *session, const struct frame *frame,
                         struct outbox *outbox);

/* Fills SESSION_POLL_SLOTS entries; a slot that waits for nothing has fd -1. */
void session_wants(const struct session *session, const struct outbox *outbox,
                   struct pollfd *slots);

/* Moves what the poll entries say can be moved. Returns 0, or -1 when the host has hung up. */
int session_move(struct session *session, struct outbox *outbox, const struct pollfd *slots);

/* Notes that the process has ended. */
void session_ended(struct session *session, int wait_status);

/*
 * Sends EXIT and frees the session, if its process has ended and its output is drained.
 *
 * Returns:
 *  1 when it did, 0 when there is more to come, -1 when the host has hung up.
 */
int session_finish(struct session *session, struct outbox *outbox);

/* Sends ERROR for a session (0: the machine). Returns 0, or -1 when the host has hung up. */
int session_send_error(struct outbox *outbox, uint16_t session, struct launch_failure why,
                       const char *text);

#endif
