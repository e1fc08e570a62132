/* Which session of the guest is which session of which client. */
#ifndef MONO_MONITOR_ROUTE_H
#define MONO_MONITOR_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"

/* Below the 64 sessions that a guest takes, since to one too many it answers by ending. */
#define MAX_ROUTES 60
/* The guest's session whose end is the end of the sandbox. */
#define MAIN_SESSION 1

struct route {
    uint16_t guest; /* the guest's number; 0: this place is free */
    uint16_t local; /* the client's number */
    struct client *client; /* NULL: nobody listens */
    bool started; /* has been sent START */
    bool running; /* has said STARTED */
    bool input_ended;
    uint32_t owed[2]; /* bytes of output, error output for which the guest has no credit yet */
    uint32_t input_under_way; /* bytes of input that the guest has not given credit for */
};

struct routes {
    struct route places[MAX_ROUTES];
    uint16_t last; /* guest number given last */
};

/* Returns the route of a session of the guest, or NULL. */
struct route *route_of_guest(struct routes *routes, uint16_t guest);

/* Returns the route of a session of a client, or NULL. */
struct route *route_of_client(struct routes *routes, const struct client *client, uint16_t local);

/*
 * Opens a route to a new session of the guest: the main one, or one with an unused number.
 *
 * Returns:
 *  the route, or NULL when there is no place.
 */
struct route *route_open(struct routes *routes, struct client *client, uint16_t local, bool is_main);

/* Frees the route's place. */
void route_close(struct route *route);

#endif
