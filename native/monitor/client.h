/* A connection of a mono process. */
#ifndef MONO_MONITOR_CLIENT_H
#define MONO_MONITOR_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "queue.h"

/*
 * The most that may wait for a client: the windows of its streams in the smallest frames that a
 * hostile guest can send (9 bytes for 1), for a handful of sessions.
 */
#define CLIENT_QUEUE_LIMIT_BYTES (16u << 20)

/* How long a client that has been told everything may take to hang up. */
#define CLIENT_LINGER_MS 10000

struct client {
    int fd;
    struct queue queue;
    bool ended;      /* has hung up, or broken the protocol: to be closed */
    bool held;       /* `frame` waits until the guest takes more */
    int64_t told_ms; /* when it had been told everything; 0: not yet */
    struct frame frame;
    struct frame_reader reader;
};

/* Takes over a socket. Returns the client, owned by the caller, or NULL when memory is out. */
struct client *client_open(int fd);

/* Sends a frame; a client for which that is too much is ended. */
void client_send(struct client *client, uint8_t type, uint16_t session, const void *payload,
                 uint32_t length_bytes);

/* Reads what has come. A client that has hung up is ended, once its frames are taken. */
void client_read(struct client *client);

/*
 * Takes the next frame that has come.
 *
 * Returns:
 *  1 with client->frame set, 0 when there is none; a client whose bytes are no frame is ended.
 */
int client_next(struct client *client);

/*
 * Ends what is sent to a client that has been told everything. What it still sends is taken until it
 * hangs up: a socket that is closed before that loses what the client has not read yet.
 */
void client_finish(struct client *client, int64_t now_ms);

/* Closes the socket and frees the client. */
void client_close(struct client *client);

#endif
