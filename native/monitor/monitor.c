#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptors.h"
#include "monitor-protocol.h"
#include "state.h"

/* Places in the poll set; the clients follow. */
enum { SLOT_SIGNALS, SLOT_LISTENER, SLOT_GUEST, SLOT_CONSOLE, SLOT_CLIENTS };

static int signal_writer = -1;

static int listen_here(void);
static int catch_signals(void);
static void on_signal(int number);
static void serve_once(struct state *state, int signals, int listener);
static void fill_slots(const struct state *state, struct pollfd *slots);
static int wait_ms(const struct state *state);
static void take_signals(struct state *state, int signals);
static void accept_clients(struct state *state, int listener);
static void move_guest(struct state *state);
static void read_guest(struct state *state);
static void read_console(struct state *state);
static void move_client(struct state *state, struct client *client, short events);

int monitor_serve(int owner) {
    static struct state state;
    int signals = catch_signals();
    int listener = listen_here();

    if (signals < 0 || listener < 0) return 1;
    plan_begin(&state.plan);
    machine_begin(&state.machine);
    state.relay.log.fd = -1;
    state_connect(&state, owner);
    state.relay.owner = state.clients[0];
    for (;;) {
        serve_once(&state, signals, listener);
        if (state.stage != STAGE_ENDED) continue;
        size_t left = 0;
        for (size_t i = 0; i < MAX_CLIENTS; i++) left += state.clients[i] != NULL;
        if (left == 0) return 0;
    }
}

/* The directory is its user's alone, and so is the socket. */
static int listen_here(void) {
    umask(0077);
    int fd = descriptor_listen(MONITOR_SOCKET_NAME);
    return fd >= 0 && descriptor_prepare(fd) != 0 ? -1 : fd;
}

static int catch_signals(void) {
    struct sigaction caught = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    int reader;

    if (descriptor_pipe(&reader, &signal_writer) != 0 || descriptor_prepare(signal_writer) != 0)
        return -1;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    sigemptyset(&caught.sa_mask);
    sigaction(SIGCHLD, &caught, NULL);
    sigaction(SIGTERM, &caught, NULL);
    return reader;
}

static void on_signal(int number) {
    int error = errno;
    uint8_t byte = (uint8_t)number;

    (void)!write(signal_writer, &byte, 1);
    errno = error;
}

static void serve_once(struct state *state, int signals, int listener) {
    static struct pollfd slots[SLOT_CLIENTS + MAX_CLIENTS];

    fill_slots(state, slots);
    slots[SLOT_SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
    slots[SLOT_LISTENER] =
        (struct pollfd){.fd = state->stage < STAGE_ENDED ? listener : -1, .events = POLLIN};
    if (poll(slots, sizeof slots / sizeof *slots, wait_ms(state)) < 0) return;
    if (slots[SLOT_SIGNALS].revents != 0) take_signals(state, signals);
    if (slots[SLOT_GUEST].revents != 0) read_guest(state);
    if (slots[SLOT_CONSOLE].revents != 0) read_console(state);
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        if (state->clients[i] != NULL)
            move_client(state, state->clients[i], slots[SLOT_CLIENTS + i].revents);
    if (slots[SLOT_LISTENER].revents != 0) accept_clients(state, listener);
    state_advance(state);
    move_guest(state);
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        struct client *client = state->clients[i];
        if (client != NULL && queue_flush(&client->queue, client->fd) != 0) client->ended = true;
    }
    state_sweep_clients(state);
}

static void fill_slots(const struct state *state, struct pollfd *slots) {
    const struct machine *machine = &state->machine;

    slots[SLOT_GUEST] = (struct pollfd){.fd = machine->channel, .events = POLLIN};
    if (queue_used(&state->relay.guest) > 0) slots[SLOT_GUEST].events |= POLLOUT;
    slots[SLOT_CONSOLE] = (struct pollfd){.fd = machine->console, .events = POLLIN};
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        const struct client *client = state->clients[i];
        slots[SLOT_CLIENTS + i] = (struct pollfd){.fd = -1};
        if (client == NULL) continue;
        slots[SLOT_CLIENTS + i].fd = client->fd;
        if (!client->held) slots[SLOT_CLIENTS + i].events |= POLLIN;
        if (queue_used(&client->queue) > 0) slots[SLOT_CLIENTS + i].events |= POLLOUT;
    }
}

static int wait_ms(const struct state *state) {
    int64_t left = -1;

    if (state->stage == STAGE_ENDING && !machine_runs(&state->machine)) return 0;
    if (state->stage == STAGE_ENDED) return CLIENT_LINGER_MS;
    if (state->deadline_ms != 0) {
        left = state->deadline_ms - state_now_ms();
        if (left < 0) left = 0;
        if (left > 1000000) left = 1000000;
    }
    return (int)left;
}

static void take_signals(struct state *state, int signals) {
    uint8_t numbers[64];
    ssize_t count;

    while ((count = read(signals, numbers, sizeof numbers)) > 0)
        for (ssize_t i = 0; i < count; i++)
            if (numbers[i] == SIGTERM) state_end(state, ENDED_BY_REQUEST, 0);
    if (!machine_reap(&state->machine)) return;
    /* What the guest has said before its end counts. */
    read_guest(state);
    read_console(state);
    state_end_by_machine(state);
}

static void accept_clients(struct state *state, int listener) {
    int fd;

    while ((fd = accept(listener, NULL, NULL)) >= 0) state_connect(state, fd);
}

static void move_guest(struct state *state) {
    struct machine *machine = &state->machine;

    if (machine->channel < 0) return;
    /* A guest that has hung up is seen to end. */
    if (queue_flush(&state->relay.guest, machine->channel) != 0) queue_clear(&state->relay.guest);
}

static void read_guest(struct state *state) {
    struct frame frame;
    size_t room;
    int result;

    while (state->machine.channel >= 0) {
        uint8_t *space = frame_reader_space(&state->from_guest, &room);
        ssize_t got = read(state->machine.channel, space, room);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) {
            close(state->machine.channel);
            state->machine.channel = -1;
            return;
        }
        frame_reader_filled(&state->from_guest, (size_t)got);
        while ((result = frame_reader_next(&state->from_guest, &frame)) > 0)
            if (state->stage == STAGE_UP) state_hear_guest(state, &frame);
        if (result < 0) {
            state_end(state, ENDED_BY_PROTOCOL, 0);
            close(state->machine.channel);
            state->machine.channel = -1;
        }
    }
}

static void read_console(struct state *state) {
    uint8_t bytes[4096];
    ssize_t got = 0;

    while (state->machine.console >= 0 &&
           (got = read(state->machine.console, bytes, sizeof bytes)) > 0)
        console_add(&state->console, bytes, (size_t)got);
    if (got != 0 || state->machine.console < 0) return;
    close(state->machine.console);
    state->machine.console = -1;
}

/* A frame for the guest waits while much else waits for the guest. */
static void move_client(struct state *state, struct client *client, short events) {
    if (events & (POLLIN | POLLHUP | POLLERR)) client_read(client);
    for (;;) {
        if (!client->held && client_next(client) == 0) return;
        client->held = client->frame.type < MONITOR_PROCESS && state->stage == STAGE_UP &&
                       !relay_has_room(&state->relay);
        if (client->held) return;
        if (state_hear_client(state, client) == 0) continue;
        client->ended = true;
        return;
    }
}
