/* Everything that the monitor knows, and the steps that change it. */
#ifndef MONO_MONITOR_STATE_H
#define MONO_MONITOR_STATE_H

#include "machine.h"
#include "relay.h"

/* Connections at a time; each may own a frame of memory. */
#define MAX_CLIENTS 128

enum stage {
    STAGE_PLANNING, /* the owner says what to start */
    STAGE_UP,       /* the VMM runs */
    STAGE_ENDING,   /* everything is killed and not yet gone */
    STAGE_ENDED,    /* the clients have still to hear of it */
};

/* "ENDED" of docs/formats/monitor-protocol.md: fixed part, then the console. */
#define ENDED_BYTES 12

struct state {
    enum stage stage;
    struct plan plan;
    struct machine machine;
    struct relay relay;
    struct console console;
    struct frame_reader from_guest;
    struct client *clients[MAX_CLIENTS];
    bool is_detached;
    bool timed_out;
    int64_t deadline_ms; /* of the clock that never steps; 0: none */
    uint8_t ended[ENDED_BYTES + CONSOLE_BYTES];
    size_t ended_bytes;
};

/* Returns the time in milliseconds of a clock that never steps. */
int64_t state_now_ms(void);

/* Takes in a new connection. */
void state_connect(struct state *state, int fd);

/* Deals with a frame of a client. Returns 0, or -1 when the client has broken the protocol. */
int state_hear_client(struct state *state, struct client *client);

/* Deals with a frame of the guest. */
void state_hear_guest(struct state *state, const struct frame *frame);

/* Forgets the clients that have hung up; without its owner an attached sandbox ends. */
void state_sweep_clients(struct state *state);

/* Goes on with what time or other processes have made possible. */
void state_advance(struct state *state);

/* Begins the end, once. */
void state_end(struct state *state, uint8_t ended_by, uint8_t value);

/* Begins the end, once, because the VMM has ended. */
void state_end_by_machine(struct state *state);

#endif
