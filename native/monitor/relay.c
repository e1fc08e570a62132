#include "relay.h"

#include <stddef.h>
#include <string.h>

#include "little-endian.h"
#include "monitor-protocol.h"
#include "protocol.h"

#define CREDIT_STEP_BYTES (STREAM_WINDOW_BYTES / 4)

static bool opens_session(uint8_t type);
static int open_session(struct relay *relay, struct client *client, const struct frame *frame);
static void refuse(struct client *client, uint16_t session);
static int check_client(struct route *route, const struct frame *frame);
static int check_credit(struct route *route, const struct frame *frame);
static enum relay_result from_machine(struct relay *relay, const struct frame *frame);
static int check_guest(struct route *route, const struct frame *frame);
static void give_credit(struct relay *relay, struct route *route, int stream);
static void send_guest(struct relay *relay, uint16_t session, const struct frame *frame);

bool relay_has_room(const struct relay *relay) {
    return queue_used(&relay->guest) < GUEST_QUEUE_HIGH_BYTES;
}

int relay_from_client(struct relay *relay, struct client *client, const struct frame *frame) {
    if (frame->session == 0) {
        if (client != relay->owner || frame->type >= FRAME_ARGUMENT) return -1;
        send_guest(relay, 0, frame);
        return 0;
    }
    struct route *route = route_of_client(&relay->routes, client, frame->session);
    if (route == NULL) {
        if (opens_session(frame->type)) return open_session(relay, client, frame);
        /* What was sent before the end of the session was known is of no use. */
        return frame->type >= FRAME_INPUT && frame->type <= FRAME_RESIZE ? 0 : -1;
    }
    if (check_client(route, frame) != 0) return -1;
    send_guest(relay, route->guest, frame);
    return 0;
}

enum relay_result relay_from_guest(struct relay *relay, const struct frame *frame) {
    if (frame->session == 0) return from_machine(relay, frame);
    struct route *route = route_of_guest(&relay->routes, frame->session);
    if (route == NULL || check_guest(route, frame) != 0) return RELAY_BROKEN;
    bool is_main = route->guest == MAIN_SESSION;
    if (route->client != NULL)
        client_send(route->client, frame->type, route->local, frame->payload, frame->length_bytes);
    switch (frame->type) {
    case FRAME_STARTED:
        if (is_main) relay->main_started = true;
        return RELAY_GOES_ON;
    case FRAME_OUTPUT:
    case FRAME_ERROR_OUTPUT: {
        uint8_t stream = frame->type == FRAME_OUTPUT ? STREAM_OUTPUT : STREAM_ERROR_OUTPUT;
        if (is_main) log_write(&relay->log, stream, frame->payload, frame->length_bytes);
        /* What nobody wants is taken, and credit for it given in steps. */
        if (route->client == NULL && route->owed[stream - STREAM_OUTPUT] >= CREDIT_STEP_BYTES)
            give_credit(relay, route, stream - STREAM_OUTPUT);
        return RELAY_GOES_ON;
    }
    case FRAME_EXIT:
    case FRAME_ERROR:
        route_close(route);
        if (!is_main) return RELAY_GOES_ON;
        return frame->type == FRAME_EXIT ? RELAY_MAIN_ENDED : RELAY_MAIN_FAILED;
    default:
        return RELAY_GOES_ON;
    }
}

int relay_attach(struct relay *relay, struct client *client, uint16_t local) {
    struct route *main_route = route_of_guest(&relay->routes, MAIN_SESSION);
    uint8_t input_credit[4];

    if (main_route == NULL || !relay->main_started || main_route->client != NULL) return -1;
    if (local == 0 || route_of_client(&relay->routes, client, local) != NULL) return -1;
    main_route->client = client;
    main_route->local = local;
    put_u32(input_credit, STREAM_WINDOW_BYTES - main_route->input_under_way);
    client_send(client, MONITOR_ATTACHED, local, input_credit, sizeof input_credit);
    return 0;
}

void relay_signal_main(struct relay *relay, uint8_t number) {
    const struct frame frame = {.type = FRAME_SIGNAL, .length_bytes = 1, .payload = &number};
    if (relay->main_started) send_guest(relay, MAIN_SESSION, &frame);
}

void relay_forget_client(struct relay *relay, struct client *client) {
    const struct frame hang_up = {.type = FRAME_HANG_UP};

    if (relay->owner == client) relay->owner = NULL;
    for (size_t i = 0; i < MAX_ROUTES; i++) {
        struct route *route = &relay->routes.places[i];
        if (route->guest == 0 || route->client != client) continue;
        route->client = NULL;
        if (route->guest != MAIN_SESSION) send_guest(relay, route->guest, &hang_up);
        if (!route->started) {
            route_close(route);
            continue;
        }
        for (int stream = 0; stream < 2; stream++) give_credit(relay, route, stream);
    }
}

static bool opens_session(uint8_t type) {
    return type >= FRAME_ARGUMENT && type <= FRAME_START;
}

static int open_session(struct relay *relay, struct client *client, const struct frame *frame) {
    bool is_main = client == relay->owner && !relay->main_opened;
    struct route *route = route_open(&relay->routes, client, frame->session, is_main);

    if (route == NULL) {
        /* The frames that follow are of no use; the last of them gets the answer. */
        if (frame->type == FRAME_START) refuse(client, frame->session);
        return 0;
    }
    if (is_main) relay->main_opened = true;
    if (check_client(route, frame) != 0) return -1;
    send_guest(relay, route->guest, frame);
    return 0;
}

static void refuse(struct client *client, uint16_t session) {
    static const char text[] = "too many commands at a time";
    uint8_t payload[4 + sizeof text - 1];

    put_u16(payload, FAILURE_RESOURCES);
    put_u16(payload + 2, 0);
    memcpy(payload + 4, text, sizeof text - 1);
    client_send(client, FRAME_ERROR, session, payload, sizeof payload);
}

/* Counts what the frame does, and refuses what the guest would end for. */
static int check_client(struct route *route, const struct frame *frame) {
    if (opens_session(frame->type)) {
        if (route->started) return -1;
        if (frame->type == FRAME_START) route->started = true;
        return 0;
    }
    if (!route->started) return -1;
    switch (frame->type) {
    case FRAME_INPUT:
        if (route->input_ended) return -1;
        if (frame->length_bytes > STREAM_WINDOW_BYTES - route->input_under_way) return -1;
        route->input_under_way += frame->length_bytes;
        route->input_ended = frame->length_bytes == 0;
        return 0;
    case FRAME_CREDIT:
        return check_credit(route, frame);
    case FRAME_SIGNAL:
        return frame->length_bytes == 1 ? 0 : -1;
    case FRAME_RESIZE:
        return frame->length_bytes == 4 ? 0 : -1;
    default:
        return -1;
    }
}

static int check_credit(struct route *route, const struct frame *frame) {
    if (frame->length_bytes != 5) return -1;
    int stream = frame->payload[0] - STREAM_OUTPUT;
    uint32_t bytes = get_u32(frame->payload + 1);
    if (stream < 0 || stream > 1 || bytes > route->owed[stream]) return -1;
    route->owed[stream] -= bytes;
    return 0;
}

static enum relay_result from_machine(struct relay *relay, const struct frame *frame) {
    bool is_greeting = frame->type == FRAME_GUEST_HELLO && !relay->has_greeted;

    if (!is_greeting && frame->type != FRAME_ERROR) return RELAY_BROKEN;
    if (frame->type == FRAME_ERROR && frame->length_bytes < 4) return RELAY_BROKEN;
    relay->has_greeted = true;
    if (relay->owner != NULL)
        client_send(relay->owner, frame->type, 0, frame->payload, frame->length_bytes);
    return frame->type == FRAME_ERROR ? RELAY_MAIN_FAILED : RELAY_GOES_ON;
}

/*
 * Counts what the frame does. Each frame is sent once or costs credit, so that a guest cannot keep
 * the monitor busy.
 */
static int check_guest(struct route *route, const struct frame *frame) {
    int stream = frame->type - FRAME_OUTPUT;
    uint32_t bytes;

    if (!route->started) return -1;
    switch (frame->type) {
    case FRAME_STARTED:
        if (frame->length_bytes != 4 || route->running) return -1;
        route->running = true;
        return 0;
    case FRAME_EXIT:
        return frame->length_bytes == 2 ? 0 : -1;
    case FRAME_ERROR:
        return frame->length_bytes >= 4 ? 0 : -1;
    case FRAME_OUTPUT:
    case FRAME_ERROR_OUTPUT:
        if (frame->length_bytes == 0 || frame->length_bytes > STREAM_MAX_PIECE_BYTES) return -1;
        if (frame->length_bytes > STREAM_WINDOW_BYTES - route->owed[stream]) return -1;
        route->owed[stream] += frame->length_bytes;
        return 0;
    case FRAME_INPUT_CREDIT:
        if (frame->length_bytes != 4) return -1;
        bytes = get_u32(frame->payload);
        if (bytes == 0 || bytes > route->input_under_way) return -1;
        route->input_under_way -= bytes;
        return 0;
    default:
        return -1;
    }
}

/* Gives the guest credit for all that it has no credit for yet. */
static void give_credit(struct relay *relay, struct route *route, int stream) {
    uint8_t payload[5];
    const struct frame credit = {
        .type = FRAME_CREDIT, .length_bytes = sizeof payload, .payload = payload};

    if (route->owed[stream] == 0) return;
    payload[0] = (uint8_t)(STREAM_OUTPUT + stream);
    put_u32(payload + 1, route->owed[stream]);
    route->owed[stream] = 0;
    send_guest(relay, route->guest, &credit);
}

/* The queue's limit is far above what the clients, whose frames wait, and credit can add. */
static void send_guest(struct relay *relay, uint16_t session, const struct frame *frame) {
    (void)!queue_frame(&relay->guest, frame->type, session, frame->payload, frame->length_bytes);
}
