#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "little-endian.h"
#include "stream.h"
#include "terminal.h"

/* Far above every window; keeps the sum from wrapping. */
#define MAX_CREDIT_BYTES (1u << 30)
#define MAX_ERROR_TEXT_BYTES 1024
/* The most a pipe can hold: more than this was written after the process had ended, by others. */
#define MAX_DRAIN_BYTES (1u << 20)

static const char *collect(struct session *session, const struct frame *frame);
static const char *start(struct session *session, const struct frame *frame,
                         struct outbox *outbox);
static const char *control(struct session *session, const struct frame *frame);
static const char *add_credit(struct session *session, const struct frame *frame);
static void hang_up(struct session *session);
static enum stream_result drain(struct session *session, struct outbox *outbox);
static void forget(struct session *session);

const char *session_take(struct session *session, const struct frame *frame,
                         struct outbox *outbox) {
    if (frame->type >= FRAME_ARGUMENT && frame->type <= FRAME_START) {
        if (session->state != SESSION_COLLECTING) return "the session has started";
        if (frame->type == FRAME_START) return start(session, frame, outbox);
        return collect(session, frame);
    }
    if (frame->type == FRAME_HANG_UP) {
        hang_up(session);
        return NULL;
    }
    /* What the host sent before it knew that the process had ended is of no use. */
    if (session->state != SESSION_RUNNING && frame->type != FRAME_CREDIT) return NULL;
    if (frame->type == FRAME_INPUT) return stream_take_input(session, frame, outbox);
    return control(session, frame);
}

void session_wants(const struct session *session, const struct outbox *outbox,
                   struct pollfd *slots) {
    const struct launched *process = &session->process;
    bool room = outbox_room(outbox) > 0;

    for (int i = 0; i < SESSION_POLL_SLOTS; i++) slots[i] = (struct pollfd){.fd = -1};
    if (session->state != SESSION_RUNNING && session->state != SESSION_EXITED) return;
    if (stream_has_input(session)) {
        slots[0].fd = process->input;
        slots[0].events = POLLOUT;
    }
    if (room && session->output_credit > 0) {
        slots[1].fd = process->output;
        slots[1].events = POLLIN;
    }
    if (room && session->error_output_credit > 0) {
        slots[2].fd = process->error_output;
        slots[2].events = POLLIN;
    }
}

int session_move(struct session *session, struct outbox *outbox, const struct pollfd *slots) {
    if (slots[0].revents != 0 && stream_give_input(session, outbox) != 0) return -1;
    if (slots[1].revents != 0 && stream_send_output(session, outbox) == STREAM_LOST) return -1;
    if (slots[2].revents != 0 && stream_send_error_output(session, outbox) == STREAM_LOST)
        return -1;
    return 0;
}

void session_ended(struct session *session, int wait_status) {
    session->wait_status = wait_status;
    session->state = SESSION_EXITED;
    session->drain_left = MAX_DRAIN_BYTES;
}

int session_finish(struct session *session, struct outbox *outbox) {
    uint8_t payload[2];

    if (session->state != SESSION_EXITED) return 0;
    enum stream_result drained = drain(session, outbox);
    if (drained == STREAM_LOST) return -1;
    if (drained == STREAM_BLOCKED) return 0;
    bool by_signal = WIFSIGNALED(session->wait_status);
    payload[0] = by_signal ? EXIT_BY_SIGNAL : EXIT_BY_CODE;
    payload[1] = (uint8_t)(by_signal ? WTERMSIG(session->wait_status)
                                     : WEXITSTATUS(session->wait_status));
    int sent = outbox_send(outbox, FRAME_EXIT, session->id, payload, sizeof payload);
    forget(session);
    return sent != 0 ? -1 : 1;
}

int session_send_error(struct outbox *outbox, uint16_t session, struct launch_failure why,
                       const char *text) {
    uint8_t payload[4 + MAX_ERROR_TEXT_BYTES];
    size_t length = strlen(text);

    if (length > MAX_ERROR_TEXT_BYTES) length = MAX_ERROR_TEXT_BYTES;
    put_u16(payload, (uint16_t)why.failure);
    put_u16(payload + 2, (uint16_t)why.error);
    memcpy(payload + 4, text, length);
    return outbox_send(outbox, FRAME_ERROR, session, payload, (uint32_t)(4 + length));
}

static const char *collect(struct session *session, const struct frame *frame) {
    struct process_spec *spec = &session->spec;
    int result = 0;

    switch (frame->type) {
    case FRAME_ARGUMENT:
        result = spec_add(spec, &spec->arguments, frame->payload, frame->length_bytes);
        break;
    case FRAME_VARIABLE:
        result = spec_add(spec, &spec->variables, frame->payload, frame->length_bytes);
        break;
    case FRAME_DIRECTORY:
        result = spec_set(spec, &spec->directory, frame->payload, frame->length_bytes);
        break;
    case FRAME_USER:
        result = spec_set(spec, &spec->user, frame->payload, frame->length_bytes);
        break;
    case FRAME_TERMINAL:
        if (frame->length_bytes != 4) return "TERMINAL has another length";
        spec->terminal = true;
        spec->rows = get_u16(frame->payload);
        spec->columns = get_u16(frame->payload + 2);
        break;
    default:
        return "unknown frame type";
    }
    return result == 0 ? NULL : "a string of the process is not valid or too much";
}

static const char *start(struct session *session, const struct frame *frame,
                         struct outbox *outbox) {
    struct process_spec *spec = &session->spec;
    struct launch_failure why;
    uint8_t pid[4];

    if (frame->length_bytes != 1) return "START has another length";
    if (spec->arguments.count == 0) return "START without an argument";
    spec->with_input = (frame->payload[0] & START_WITH_INPUT) != 0;
    spec->is_service = (frame->payload[0] & START_SERVICE) != 0;
    session->input = malloc(STREAM_WINDOW_BYTES);
    if (session->input == NULL) return "no memory for a session";
    session->terminal = spec->terminal;
    if (launch(spec, &session->process, &why) != 0) {
        const char *text = why.failure == FAILURE_DIRECTORY   ? spec->directory
                           : why.failure <= FAILURE_IDENTITY  ? spec->user
                           : why.failure == FAILURE_TERMINAL  ? "terminal"
                           : why.failure == FAILURE_RESOURCES ? "process"
                                                              : spec->arguments.items[0];
        session_send_error(outbox, session->id, why, text != NULL ? text : "");
        session->process = (struct launched){-1, -1, -1, -1};
        forget(session);
        return NULL;
    }
    spec_clear(spec);
    session->state = SESSION_RUNNING;
    session->output_credit = session->error_output_credit = STREAM_WINDOW_BYTES;
    put_u32(pid, (uint32_t)session->process.pid);
    outbox_send(outbox, FRAME_STARTED, session->id, pid, sizeof pid);
    return NULL;
}

static const char *control(struct session *session, const struct frame *frame) {
    switch (frame->type) {
    case FRAME_CREDIT:
        return add_credit(session, frame);
    case FRAME_SIGNAL:
        if (frame->length_bytes != 1) return "SIGNAL has another length";
        if (frame->payload[0] > 0) kill(session->process.pid, frame->payload[0]);
        return NULL;
    case FRAME_RESIZE:
        if (frame->length_bytes != 4) return "RESIZE has another length";
        if (session->terminal && session->process.output >= 0)
            terminal_resize(session->process.output, get_u16(frame->payload),
                            get_u16(frame->payload + 2));
        return NULL;
    default:
        return "unknown frame type";
    }
}

static const char *add_credit(struct session *session, const struct frame *frame) {
    if (frame->length_bytes != 5) return "CREDIT has another length";
    uint32_t bytes = get_u32(frame->payload + 1);
    uint32_t *credit = frame->payload[0] == STREAM_OUTPUT         ? &session->output_credit
                       : frame->payload[0] == STREAM_ERROR_OUTPUT ? &session->error_output_credit
                                                                  : NULL;
    if (credit == NULL) return "CREDIT for an unknown stream";
    if (bytes > MAX_CREDIT_BYTES || *credit > MAX_CREDIT_BYTES) return "too much credit";
    *credit += bytes;
    return NULL;
}

/* As when the line of a terminal is lost: the process learns of it and decides. */
static void hang_up(struct session *session) {
    pid_t leader = session->process.pid;

    if (session->state == SESSION_COLLECTING) forget(session);
    if (session->state != SESSION_RUNNING) return;
    pid_t foreground = session->terminal ? tcgetpgrp(session->process.output) : -1;
    if (foreground > 0 && foreground != leader) kill(-foreground, SIGHUP);
    kill(-leader, SIGHUP);
    kill(-leader, SIGCONT);
    stream_drop_input(session);
}

/* Sends what the process has left behind. Returns STREAM_EMPTY when that is all of it. */
static enum stream_result drain(struct session *session, struct outbox *outbox) {
    for (;;) {
        uint32_t before = session->output_credit + session->error_output_credit;
        enum stream_result output = stream_send_output(session, outbox);
        enum stream_result error_output = stream_send_error_output(session, outbox);
        uint32_t moved = before - session->output_credit - session->error_output_credit;
        if (output == STREAM_LOST || error_output == STREAM_LOST) return STREAM_LOST;
        session->drain_left -= moved < session->drain_left ? moved : session->drain_left;
        if (session->drain_left == 0) return STREAM_EMPTY;
        if (output == STREAM_MOVED || error_output == STREAM_MOVED) continue;
        return output == STREAM_BLOCKED || error_output == STREAM_BLOCKED ? STREAM_BLOCKED
                                                                          : STREAM_EMPTY;
    }
}

static void forget(struct session *session) {
    stream_close(session);
    spec_clear(&session->spec);
    free(session->input);
    memset(session, 0, sizeof *session);
}
