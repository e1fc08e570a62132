#include "route.h"

#include <stddef.h>

struct route *route_of_guest(struct routes *routes, uint16_t guest) {
    for (size_t i = 0; guest != 0 && i < MAX_ROUTES; i++)
        if (routes->places[i].guest == guest) return &routes->places[i];
    return NULL;
}

struct route *route_of_client(struct routes *routes, const struct client *client, uint16_t local) {
    for (size_t i = 0; i < MAX_ROUTES; i++) {
        struct route *route = &routes->places[i];
        if (route->guest != 0 && route->client == client && route->local == local) return route;
    }
    return NULL;
}

struct route *route_open(struct routes *routes, struct client *client, uint16_t local, bool is_main) {
    for (size_t i = 0; i < MAX_ROUTES; i++) {
        struct route *route = &routes->places[i];
        if (route->guest != 0) continue;
        uint16_t guest = MAIN_SESSION;
        if (!is_main) {
            do routes->last++;
            while (routes->last <= MAIN_SESSION || route_of_guest(routes, routes->last) != NULL);
            guest = routes->last;
        }
        *route = (struct route){.guest = guest, .local = local, .client = client};
        return route;
    }
    return NULL;
}

void route_close(struct route *route) {
    *route = (struct route){0};
}
