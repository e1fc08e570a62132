#include "stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "little-endian.h"
#include "terminal.h"

/* Credit goes back in steps of this, not for every few bytes. */
#define CREDIT_STEP_BYTES (STREAM_WINDOW_BYTES / 4)

static int consume(struct session *session, struct outbox *outbox, size_t length_bytes);
static void close_input(struct session *session);
static enum stream_result send_piece(struct session *session, struct outbox *outbox, uint8_t type);

const char *stream_take_input(struct session *session, const struct frame *frame,
                              struct outbox *outbox) {
    size_t length = frame->length_bytes;

    if (session->input_ended) return "INPUT after its end";
    if (length == 0) {
        session->input_ended = true;
        if (session->input_used == 0 && !session->terminal) close_input(session);
        return NULL;
    }
    if (length > STREAM_WINDOW_BYTES - session->input_used - session->input_ungranted)
        return "INPUT beyond the credit";
    size_t end = (session->input_start + session->input_used) % STREAM_WINDOW_BYTES;
    size_t first = STREAM_WINDOW_BYTES - end < length ? STREAM_WINDOW_BYTES - end : length;
    memcpy(session->input + end, frame->payload, first);
    memcpy(session->input, frame->payload + first, length - first);
    session->input_used += length;
    while (session->process.input < 0 && session->input_used > 0)
        if (stream_give_input(session, outbox) != 0) break;
    return NULL;
}

bool stream_has_input(const struct session *session) {
    if (session->state != SESSION_RUNNING) return false;
    return session->process.input >= 0 && (session->input_used > 0 || session->input_ended);
}

int stream_give_input(struct session *session, struct outbox *outbox) {
    int fd = session->process.input;

    if (session->input_used == 0) {
        uint8_t end_byte = session->terminal ? terminal_end_byte(fd) : 0;
        if (session->terminal && write(fd, &end_byte, 1) < 0 && errno == EAGAIN) return 0;
        close_input(session);
        return 0;
    }
    size_t piece = STREAM_WINDOW_BYTES - session->input_start;
    if (piece > session->input_used) piece = session->input_used;
    ssize_t written = fd >= 0 ? write(fd, session->input + session->input_start, piece) : -1;
    if (written < 0 && fd >= 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (written < 0) {
        close_input(session);
        written = (ssize_t)piece;
    }
    return consume(session, outbox, (size_t)written);
}

enum stream_result stream_send_output(struct session *session, struct outbox *outbox) {
    return send_piece(session, outbox, FRAME_OUTPUT);
}

enum stream_result stream_send_error_output(struct session *session, struct outbox *outbox) {
    return send_piece(session, outbox, FRAME_ERROR_OUTPUT);
}

void stream_drop_input(struct session *session) {
    session->input_used = 0;
    session->input_ended = true;
    close_input(session);
}

void stream_close(struct session *session) {
    close_input(session);
    if (session->process.output >= 0) close(session->process.output);
    if (session->process.error_output >= 0) close(session->process.error_output);
    session->process.output = session->process.error_output = -1;
}

static int consume(struct session *session, struct outbox *outbox, size_t length_bytes) {
    uint8_t payload[4];

    session->input_start = (session->input_start + length_bytes) % STREAM_WINDOW_BYTES;
    session->input_used -= length_bytes;
    session->input_ungranted += (uint32_t)length_bytes;
    if (session->input_ungranted < CREDIT_STEP_BYTES) return 0;
    put_u32(payload, session->input_ungranted);
    session->input_ungranted = 0;
    return outbox_send(outbox, FRAME_INPUT_CREDIT, session->id, payload, sizeof payload);
}

/* With a terminal the descriptor is the output's too and stays open. */
static void close_input(struct session *session) {
    if (session->process.input >= 0 && !session->terminal) close(session->process.input);
    session->process.input = -1;
}

static enum stream_result send_piece(struct session *session, struct outbox *outbox, uint8_t type) {
    static uint8_t piece[STREAM_MAX_PIECE_BYTES];
    int *fd = type == FRAME_OUTPUT ? &session->process.output : &session->process.error_output;
    uint32_t *credit =
        type == FRAME_OUTPUT ? &session->output_credit : &session->error_output_credit;
    size_t length = outbox_room(outbox);

    if (*fd < 0) return STREAM_EMPTY;
    if (length > sizeof piece) length = sizeof piece;
    if (length > *credit) length = *credit;
    if (length == 0) return STREAM_BLOCKED;
    ssize_t got = read(*fd, piece, length);
    if (got < 0 && errno == EINTR) return STREAM_MOVED;
    if (got < 0 && errno == EAGAIN) return STREAM_EMPTY;
    if (got <= 0) { /* EIO: the last process has closed the terminal */
        if (session->terminal) session->process.input = -1;
        close(*fd);
        *fd = -1;
        return STREAM_EMPTY;
    }
    *credit -= (uint32_t)got;
    if (outbox_send(outbox, type, session->id, piece, (uint32_t)got) != 0) return STREAM_LOST;
    return STREAM_MOVED;
}
