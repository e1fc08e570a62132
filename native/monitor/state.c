#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "little-endian.h"
#include "monitor-protocol.h"
#include "protocol.h"

/* What a process has to end in order once its time is over. */
#define GRACE_MS 10000
/* Nothing of this size waits for a guest that takes what it is sent. */
#define GUEST_QUEUE_LIMIT_BYTES (32u << 20)
/* Above every signal that a process can be sent. */
#define SIGNAL_LIMIT 65

static int take_plan(struct state *state, const struct frame *frame);
static int detach(struct state *state, struct client *client);
static void start(struct state *state);
static void run_out_of_time(struct state *state);
static void finish(struct state *state);

int64_t state_now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void state_connect(struct state *state, int fd) {
    uint8_t greeting[9];
    struct client *client = client_open(fd);

    if (client == NULL) return;
    size_t place = 0;
    while (place < MAX_CLIENTS && state->clients[place] != NULL) place++;
    if (place == MAX_CLIENTS) {
        client_close(client);
        return;
    }
    state->clients[place] = client;
    put_u16(greeting, MONITOR_VERSION);
    put_u16(greeting + 2, PROTOCOL_VERSION);
    greeting[4] = state->stage >= STAGE_ENDING     ? PHASE_ENDING
                  : state->relay.main_started ? PHASE_RUNNING
                                              : PHASE_STARTING;
    put_u32(greeting + 5, (uint32_t)state->machine.pids[0]);
    client_send(client, MONITOR_GREETING, 0, greeting, sizeof greeting);
}

int state_hear_client(struct state *state, struct client *client) {
    const struct frame *frame = &client->frame;

    if (frame->type < MONITOR_PROCESS || frame->type >= 0x80) {
        if (state->stage > STAGE_UP) return 0;
        return state->stage == STAGE_UP ? relay_from_client(&state->relay, client, frame) : -1;
    }
    if (frame->type <= MONITOR_LAUNCH)
        return client == state->relay.owner ? take_plan(state, frame) : -1;
    switch (frame->type) {
    case MONITOR_DETACH:
        return detach(state, client);
    case MONITOR_STOP:
        state_end(state, ENDED_BY_REQUEST, 0);
        return 0;
    case MONITOR_SIGNAL:
        if (frame->length_bytes != 1 || frame->payload[0] == 0 || frame->payload[0] >= SIGNAL_LIMIT)
            return -1;
        relay_signal_main(&state->relay, frame->payload[0]);
        return 0;
    case MONITOR_ATTACH:
        return relay_attach(&state->relay, client, frame->session);
    default:
        return -1;
    }
}

void state_hear_guest(struct state *state, const struct frame *frame) {
    bool ran = state->relay.main_started;
    enum relay_result result = relay_from_guest(&state->relay, frame);

    if (!ran && state->relay.main_started && state->plan.timeout_seconds > 0)
        state->deadline_ms = state_now_ms() + (int64_t)state->plan.timeout_seconds * 1000;
    if (result == RELAY_BROKEN) state_end(state, ENDED_BY_PROTOCOL, frame->type);
    if (result == RELAY_MAIN_FAILED) state_end(state, ENDED_BY_FAILURE, frame->payload[0]);
    if (result == RELAY_MAIN_ENDED)
        state_end(state, frame->payload[0] == EXIT_BY_CODE ? ENDED_BY_CODE : ENDED_BY_SIGNAL,
                  frame->payload[1]);
}

void state_sweep_clients(struct state *state) {
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        struct client *client = state->clients[i];
        if (client == NULL) continue;
        if (state->stage == STAGE_ENDED && queue_used(&client->queue) == 0)
            client_finish(client, state_now_ms());
        if (!client->ended) continue;
        bool was_owner = state->relay.owner == client;
        relay_forget_client(&state->relay, client);
        client_close(client);
        state->clients[i] = NULL;
        if (was_owner && !state->is_detached) state_end(state, ENDED_BY_REQUEST, 0);
    }
}

void state_advance(struct state *state) {
    bool late = state->deadline_ms != 0 && state_now_ms() >= state->deadline_ms;

    if (state->stage == STAGE_UP && late) run_out_of_time(state);
    if (state->stage == STAGE_ENDING && !machine_runs(&state->machine)) finish(state);
}

void state_end(struct state *state, uint8_t ended_by, uint8_t value) {
    if (state->stage >= STAGE_ENDING) return;
    state->stage = STAGE_ENDING;
    state->deadline_ms = 0;
    state->ended[0] = ended_by;
    state->ended[1] = value;
    state->ended[2] = state->timed_out ? ENDED_TIMED_OUT : 0;
    machine_kill(&state->machine);
}

void state_end_by_machine(struct state *state) {
    int status = state->machine.vmm_status;

    if (WIFSIGNALED(status)) state_end(state, ENDED_BY_VMM_SIGNAL, (uint8_t)WTERMSIG(status));
    else state_end(state, ENDED_BY_MACHINE, (uint8_t)WEXITSTATUS(status));
}

static int take_plan(struct state *state, const struct frame *frame) {
    if (state->stage != STAGE_PLANNING || plan_take(&state->plan, frame) != 0) return -1;
    if (state->plan.complete) start(state);
    return 0;
}

static int detach(struct state *state, struct client *client) {
    if (client != state->relay.owner) return -1;
    state->is_detached = true;
    client_send(client, MONITOR_DETACHED, 0, NULL, 0);
    return 0;
}

static void start(struct state *state) {
    char text[200];

    state->stage = STAGE_UP;
    state->relay.guest.limit_bytes = GUEST_QUEUE_LIMIT_BYTES;
    log_open(&state->relay.log, state->plan.log_limit_bytes);
    if (machine_start(&state->machine, &state->plan) == 0) return;
    int length = snprintf(text, sizeof text, "mono-monitor: cannot start the machine: %s\n",
                          strerror(errno));
    console_add(&state->console, (const uint8_t *)text, (size_t)length);
    state_end(state, ENDED_BY_MACHINE, 0);
}

/* First in order, then hard. */
static void run_out_of_time(struct state *state) {
    if (state->timed_out) {
        state_end(state, ENDED_BY_REQUEST, 0);
        return;
    }
    state->timed_out = true;
    relay_signal_main(&state->relay, state->plan.stop_signal);
    state->deadline_ms = state_now_ms() + GRACE_MS;
}

/* The record comes first: who has heard of the end finds it. */
static void finish(struct state *state) {
    bool tells_console = state->ended[0] > ENDED_BY_SIGNAL;
    uint64_t now = record_now_ms();

    put_u32(state->ended + 4, (uint32_t)now);
    put_u32(state->ended + 8, (uint32_t)(now >> 32));
    state->ended_bytes = ENDED_BYTES;
    if (tells_console) {
        memcpy(state->ended + ENDED_BYTES, state->console.bytes, state->console.used);
        state->ended_bytes += state->console.used;
    }
    unlink(MONITOR_SOCKET_NAME);
    if (state->plan.keeps_record) (void)!record_exit(state->ended, state->ended_bytes);
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        if (state->clients[i] != NULL)
            client_send(state->clients[i], MONITOR_ENDED, 0, state->ended,
                        (uint32_t)state->ended_bytes);
    state->stage = STAGE_ENDED;
}
